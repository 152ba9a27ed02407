package org.layerzoo.registry.web;

import java.io.IOException;
import org.springframework.core.io.ClassPathResource;
import org.springframework.http.CacheControl;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** Documents outside the API's base path. */
@RestController
class ViewsController {
    private static final MediaType YAML = MediaType.parseMediaType("application/yaml");

    @GetMapping("/openapi.yaml")
    ResponseEntity<byte[]> openapi() throws IOException {
        try (var in = new ClassPathResource("openapi/registry.yaml").getInputStream()) {
            return ResponseEntity.ok()
                    .contentType(YAML)
                    .cacheControl(CacheControl.noCache())
                    .body(in.readAllBytes());
        }
    }
}
