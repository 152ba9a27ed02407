package org.layerzoo.registry.publish;

import jakarta.servlet.http.HttpServletRequest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.servlet.support.ServletUriComponentsBuilder;

/** The repository view of PF4J-update clients: published versions that are not yanked. Local jars are never in it. */
@RestController
class PluginsJson {
    private final PublicationStore publications;

    PluginsJson(PublicationStore publications) {
        this.publications = publications;
    }

    @GetMapping("/plugins.json")
    List<Map<String, Object>> plugins(HttpServletRequest request) {
        String base = ServletUriComponentsBuilder.fromContextPath(request).toUriString();
        var byId = new LinkedHashMap<String, List<PublicationStore.Listed>>();
        publications.published().forEach(row -> byId.computeIfAbsent(row.pluginId(), id -> new ArrayList<>())
                .add(row));
        return byId.values().stream().map(rows -> plugin(base, rows)).toList();
    }

    private static Map<String, Object> plugin(String base, List<PublicationStore.Listed> rows) {
        PublicationStore.Listed newest = rows.getLast();
        var plugin = new LinkedHashMap<String, Object>();
        plugin.put("id", newest.pluginId());
        plugin.put("name", newest.title());
        plugin.put("provider", newest.provider().isEmpty() ? newest.publisher() : newest.provider());
        plugin.put("projectUrl", base + "/plugins/" + newest.pluginId());
        plugin.put("releases", rows.stream().map(row -> release(base, row)).toList());
        return plugin;
    }

    private static Map<String, Object> release(String base, PublicationStore.Listed row) {
        var release = new LinkedHashMap<String, Object>();
        release.put("version", row.version());
        release.put("date", row.decidedAt().toLocalDate().toString());
        release.put("requires", row.requires());
        release.put(
                "url",
                base + "/api/v1/plugins/" + row.pluginId() + "/versions/" + row.version() + "/artifact/"
                        + row.pluginId() + "-" + row.version() + ".jar");
        release.put("sha512sum", row.sha512());
        return release;
    }
}
