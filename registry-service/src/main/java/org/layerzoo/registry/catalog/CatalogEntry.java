package org.layerzoo.registry.catalog;

import java.util.List;
import org.layerzoo.registry.api.PluginSummary;
import org.layerzoo.registry.api.Source;

/** The latest version of a plugin, as lists show it. */
record CatalogEntry(
        String sha256,
        String id,
        String version,
        String source,
        String title,
        String family,
        String kind,
        String fidelity,
        int year,
        String arxiv,
        String summary,
        List<String> modes,
        List<String> backends,
        Levels levels) {

    CatalogEntry(
            String sha256,
            String id,
            String version,
            String source,
            String title,
            String family,
            String kind,
            String fidelity,
            int year,
            String arxiv,
            String summary,
            String[] modes,
            String[] backends,
            String levels) {
        this(
                sha256,
                id,
                version,
                source,
                title,
                family,
                kind,
                fidelity,
                year,
                arxiv,
                summary,
                List.of(modes),
                List.of(backends),
                Levels.parse(levels));
    }

    PluginSummary toApi() {
        return new PluginSummary(
                id,
                version,
                title,
                family,
                kind,
                modes,
                backends,
                levels.highest(),
                levels.states(),
                year,
                arxiv,
                Source.fromValue(source),
                sha256,
                summary,
                fidelity);
    }
}
