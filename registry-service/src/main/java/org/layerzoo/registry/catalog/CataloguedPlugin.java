package org.layerzoo.registry.catalog;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What jobs need to know of a catalogued jar.
 *
 * @param path where the jar lay when it was last seen
 * @param present whether it is still there
 */
public record CataloguedPlugin(
        String sha256, String id, String version, Path path, long size, boolean present, List<ProviderKind> providers) {

    /**
     * A provider of the jar.
     *
     * @param name empty for the main one
     * @param matrix whether it declares a mixing matrix
     * @param defaults its configuration of size TEST, which holds where none is given
     */
    public record ProviderKind(String name, String kind, boolean matrix, Map<String, Object> defaults) {}

    public Optional<ProviderKind> provider(String name) {
        return providers.stream()
                .filter(provider -> provider.name().equals(name))
                .findFirst();
    }
}
