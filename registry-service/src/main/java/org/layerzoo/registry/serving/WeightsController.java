package org.layerzoo.registry.serving;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import java.io.IOException;
import java.net.URI;
import org.layerzoo.registry.api.WeightsPage;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** Weights in, and out to runners. */
@RestController
class WeightsController {
    private final Weights weights;
    private final Bodies bodies;

    WeightsController(Weights weights, Bodies bodies) {
        this.weights = weights;
        this.bodies = bodies;
    }

    @PostMapping("/api/v1/weights")
    ResponseEntity<org.layerzoo.registry.api.Weights> upload(HttpServletRequest request) throws IOException {
        try (Bodies.Body body = bodies.read(request)) {
            var stored = weights.add(body.bytes());
            return ResponseEntity.created(URI.create("/api/v1/weights")).body(stored);
        }
    }

    @GetMapping("/api/v1/weights")
    ResponseEntity<WeightsPage> list(
            @RequestParam(defaultValue = "0") @Min(0) @Max(1_000_000) int page,
            @RequestParam(defaultValue = "20") @Min(1) @Max(500) int size) {
        return ResponseEntity.ok(weights.list(page, size));
    }

    @GetMapping("/api/v1/runner/files/{sha256}")
    ResponseEntity<byte[]> file(@PathVariable String sha256) {
        return ResponseEntity.ok()
                .contentType(MediaType.APPLICATION_OCTET_STREAM)
                .body(weights.content(sha256));
    }
}
