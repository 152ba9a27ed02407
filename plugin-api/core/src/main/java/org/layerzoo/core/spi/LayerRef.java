package org.layerzoo.core.spi;

import java.util.Map;

/**
 * A layer named in a configuration: plugin id (with an optional {@code @range} and {@code /provider}) and its options.
 * The runner resolves it; a plugin never names another plugin's classes.
 */
public record LayerRef(String id, Map<String, Object> config) {
    public static LayerRef of(String id) {
        return new LayerRef(id, Map.of());
    }
}
