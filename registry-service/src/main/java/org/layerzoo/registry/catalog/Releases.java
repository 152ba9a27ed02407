package org.layerzoo.registry.catalog;

import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What publishing knows of jars. */
public interface Releases {
    /** The published versions of a plugin, by the jar's SHA-256. */
    Map<String, Release> of(String pluginId);

    /** The version that an alias of a plugin stands for. */
    Optional<String> aliased(String pluginId, String alias);

    /** Counts one download of a published jar. */
    void downloaded(String sha256);

    /** A published version. */
    record Release(
            boolean yanked,
            String yankReason,
            String deprecation,
            String publisher,
            OffsetDateTime publishedAt,
            String signature,
            String fingerprint,
            String publicKey,
            List<String> tags,
            List<String> aliases,
            long downloads,
            String license,
            Map<String, String> dependencies) {}
}
