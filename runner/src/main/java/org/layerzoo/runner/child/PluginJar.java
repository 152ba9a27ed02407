package org.layerzoo.runner.child;

import java.nio.file.Path;
import java.util.Objects;

/**
 * A plugin that a job may load.
 *
 * @param id the plugin's id
 * @param version its version, {@code 0.1.0+local.<digest>} for a local one
 * @param file its jar, absolute
 */
public record PluginJar(String id, String version, Path file) {
    public PluginJar {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(version, "version");
        file = file.toAbsolutePath();
    }
}
