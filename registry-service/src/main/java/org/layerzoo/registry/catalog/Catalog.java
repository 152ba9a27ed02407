package org.layerzoo.registry.catalog;

import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.layerzoo.registry.api.LevelState;
import org.layerzoo.registry.api.PluginSummary;
import org.layerzoo.registry.catalog.CataloguedPlugin.ProviderKind;
import org.layerzoo.registry.web.ProblemCode;
import org.layerzoo.registry.web.ProblemException;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The plugins that the registry knows. */
@Service
public class Catalog {
    private static final String LATEST = "latest";
    private static final TypeReference<Map<String, Object>> OBJECT = new TypeReference<>() {};

    private final JarRepository jars;
    private final JsonMapper json;

    Catalog(JarRepository jars, JsonMapper json) {
        this.jars = jars;
        this.json = json;
    }

    /** A jar that lies in a plugin folder. */
    record Present(Path path, String sha256, boolean latest) {}

    /**
     * Makes the catalogue say what the folders hold now.
     *
     * @param present every good jar of the folders
     * @param read those whose content was read since the last time, by SHA-256
     */
    @Transactional
    void update(List<Present> present, Map<String, PluginJar> read) {
        Instant now = Instant.now();
        Map<String, JarEntity> known = new HashMap<>();
        for (JarEntity jar : jars.findByPresentTrueOrLatestTrue()) {
            jar.present = false;
            jar.latest = false;
            known.put(jar.sha256, jar);
        }
        for (Present found : present) {
            JarEntity jar = known.computeIfAbsent(found.sha256(), sha256 -> jars.findById(sha256)
                    .orElseGet(() -> new JarEntity(read.get(sha256), found.path(), now)));
            jar.present = true;
            jar.latest = found.latest();
            jar.path = found.path().toString();
        }
        jars.saveAll(known.values());
    }

    @Transactional(readOnly = true)
    List<CatalogEntry> latest() {
        return jars.latest();
    }

    /** A version of a plugin; {@code latest} is the one that the folders hold now. */
    @Transactional(readOnly = true)
    public CataloguedPlugin resolve(String id, String version) {
        JarEntity jar = find(id, version);
        List<ProviderKind> providers = json.readTree(jar.metadata)
                .path("providers")
                .valueStream()
                .map(this::provider)
                .toList();
        return new CataloguedPlugin(
                jar.sha256, jar.pluginId, jar.version, Path.of(jar.path), jar.size, jar.present, providers);
    }

    private ProviderKind provider(JsonNode node) {
        JsonNode defaults = node.path("defaults").path("test");
        return new ProviderKind(
                node.path("name").asString(""),
                node.path("kind").asString(""),
                node.path("matrix").asBoolean(false),
                defaults.isObject() ? json.convertValue(defaults, OBJECT) : Map.of());
    }

    @Transactional(readOnly = true)
    JarEntity find(String id, String version) {
        var found = version.equals(LATEST)
                ? jars.findByPluginIdAndLatestTrue(id)
                : jars.findByPluginIdAndVersion(id, version);
        return found.orElseThrow(() -> unknown(id, version));
    }

    private ProblemException unknown(String id, String version) {
        if (!jars.existsByPluginId(id)) {
            return new ProblemException(
                    ProblemCode.PLUGIN_UNKNOWN, "expected the id of a catalogued plugin, given '" + id + "'");
        }
        return new ProblemException(
                ProblemCode.VERSION_UNKNOWN,
                "expected a catalogued version of " + id + " or 'latest', given '" + version + "'"
                        + (version.equals(LATEST) ? "; no plugin folder holds the plugin any more" : ""));
    }

    /** The latest version of every plugin of a kind that plugin folders hold now, by id. */
    @Transactional(readOnly = true)
    public List<PluginSummary> latestOf(String kind) {
        return jars.latest().stream()
                .filter(entry -> entry.kind().equals(kind))
                .map(CatalogEntry::toApi)
                .toList();
    }

    /** Ids of a list that plugin folders hold now. */
    @Transactional(readOnly = true)
    public List<String> presentOf(List<String> ids) {
        Map<String, CatalogEntry> byId =
                jars.latest().stream().collect(Collectors.toMap(CatalogEntry::id, Function.identity()));
        return ids.stream().filter(byId::containsKey).toList();
    }

    /** Stores the outcome of a verification at the jar that was verified. */
    @Transactional
    public void prove(String sha256, Map<String, LevelState> states) {
        JarEntity jar = jars.findById(sha256)
                .orElseThrow(() -> new IllegalStateException("a job names a jar that was never catalogued: " + sha256));
        jar.levels = Levels.parse(jar.levels).with(states).json();
    }
}
