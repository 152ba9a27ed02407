package org.layerzoo.registry.catalog;

import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.HexFormat;
import org.layerzoo.registry.Digests;
import org.layerzoo.registry.artifact.Artifact;
import org.layerzoo.registry.artifact.ArtifactStore;
import org.layerzoo.registry.web.ProblemCode;
import org.layerzoo.registry.web.ProblemException;
import org.springframework.core.io.ByteArrayResource;
import org.springframework.core.io.Resource;
import org.springframework.http.CacheControl;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** The bodies of a plugin that are no JSON: its card and its jar. */
@RestController
@RequestMapping("/api/v1/plugins/{id}/versions/{version}")
class PluginFilesController {
    private static final MediaType JAR = MediaType.parseMediaType("application/java-archive");
    private static final MediaType MARKDOWN = new MediaType("text", "markdown", StandardCharsets.UTF_8);

    private final Catalog catalog;
    private final ArtifactStore store;
    private final Releases releases;

    PluginFilesController(Catalog catalog, ArtifactStore store, Releases releases) {
        this.catalog = catalog;
        this.store = store;
        this.releases = releases;
    }

    @GetMapping("/card")
    ResponseEntity<String> card(@PathVariable String id, @PathVariable String version) {
        JarEntity jar = catalog.find(id, version);
        return ResponseEntity.ok()
                .contentType(MARKDOWN)
                .cacheControl(CacheControl.noCache())
                .eTag(jar.sha256)
                .body(CardMarkdown.of(jar, PluginView.card(jar)));
    }

    @GetMapping({"/artifact", "/artifact/{file}"})
    ResponseEntity<Resource> artifact(@PathVariable String id, @PathVariable String version, HttpServletRequest request)
            throws IOException {
        JarEntity jar = catalog.find(id, version);
        Resource content = content(jar);
        if (jar.source.equals(JarEntity.PUBLISHED) && wantsAll(request)) {
            releases.downloaded(jar.sha256);
        }
        CacheControl cache = version.equals(jar.version)
                ? CacheControl.maxAge(Duration.ofDays(365)).cachePublic().immutable()
                : CacheControl.noCache();
        return ResponseEntity.ok()
                .contentType(JAR)
                .cacheControl(cache)
                .eTag(jar.sha256)
                .header(
                        "Digest",
                        "sha-256="
                                + Base64.getEncoder()
                                        .encodeToString(HexFormat.of().parseHex(jar.sha256)))
                .header("Content-Disposition", "attachment; filename=\"" + jar.pluginId + "-" + jar.version + ".jar\"")
                .body(content);
    }

    /** Whether this is a download, not a look at the headers, a check of what is known or a part. */
    private static boolean wantsAll(HttpServletRequest request) {
        return request.getMethod().equals("GET")
                && request.getHeader(HttpHeaders.IF_NONE_MATCH) == null
                && request.getHeader(HttpHeaders.RANGE) == null;
    }

    /** The jar from the store, or from its folder if it still is what was catalogued: a local one may be replaced at any time. */
    private Resource content(JarEntity jar) throws IOException {
        if (jar.source.equals(JarEntity.LOCAL)) {
            try {
                byte[] content = Files.readAllBytes(Path.of(jar.path));
                if (Digests.sha256(content).equals(jar.sha256)) {
                    return new ByteArrayResource(content);
                }
            } catch (NoSuchFileException gone) {
                // an upload of the same bytes may still be there
            }
        }
        return store.find(jar.sha256).map(Artifact::resource).orElseThrow(() -> gone(jar));
    }

    private static ProblemException gone(JarEntity jar) {
        return new ProblemException(
                ProblemCode.ARTIFACT_GONE,
                "the local jar of " + jar.pluginId + " " + jar.version
                        + " was replaced or removed from its plugin folder");
    }
}
