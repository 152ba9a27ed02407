package org.layerzoo.registry.catalog;

import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.layerzoo.registry.api.LevelState;
import org.layerzoo.registry.api.PluginSummary;
import org.layerzoo.registry.api.Scope;
import org.layerzoo.registry.api.Version;
import org.layerzoo.registry.catalog.CataloguedPlugin.ProviderKind;
import org.layerzoo.registry.security.Callers;
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
    static final List<String> VISIBLE = List.of(JarEntity.LOCAL, JarEntity.PUBLISHED);
    private static final TypeReference<Map<String, Object>> OBJECT = new TypeReference<>() {};

    private final JarRepository jars;
    private final Releases releases;
    private final Latest latest;
    private final JsonMapper json;

    Catalog(JarRepository jars, Releases releases, Latest latest, JsonMapper json) {
        this.jars = jars;
        this.releases = releases;
        this.latest = latest;
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
        for (JarEntity jar : jars.ofFolders()) {
            jar.winner = false;
            if (jar.source.equals(JarEntity.LOCAL)) {
                jar.present = false;
                jar.latest = false;
            }
            known.put(jar.sha256, jar);
        }
        for (Present found : present) {
            JarEntity jar = known.computeIfAbsent(found.sha256(), sha256 -> jars.findById(sha256)
                    .orElseGet(() -> new JarEntity(read.get(sha256), found.path(), now)));
            jar.winner = found.latest();
            if (jar.source.equals(JarEntity.HIDDEN)) {
                jar.become(JarEntity.LOCAL, "local");
            }
            if (jar.source.equals(JarEntity.LOCAL)) {
                jar.present = true;
                jar.latest = found.latest();
                jar.path = found.path().toString();
            }
        }
        jars.saveAllAndFlush(known.values());
        latest.settleAllPublished();
    }

    /** Takes in a jar that is to be verified before anyone sees it; one that plugin folders hold already stays what it is. */
    @Transactional
    public CataloguedPlugin admit(PluginJar jar) {
        JarEntity entity = jars.findById(jar.sha256()).orElseGet(() -> {
            var fresh = new JarEntity(jar, Path.of(""), Instant.now());
            fresh.source = JarEntity.HIDDEN;
            return fresh;
        });
        if (entity.source.equals(JarEntity.HIDDEN)) {
            entity.become(JarEntity.UPLOAD, "upload");
        }
        return catalogued(jars.saveAndFlush(entity));
    }

    /** A jar that was admitted. */
    @Transactional(readOnly = true)
    public CataloguedPlugin admitted(String sha256) {
        return catalogued(jars.findById(sha256).orElseThrow());
    }

    /** The state of a jar's level of proof. */
    @Transactional(readOnly = true)
    public Optional<LevelState> level(String sha256, String level) {
        return jars.findById(sha256)
                .map(jar -> Levels.parse(jar.levels).states().get(level));
    }

    /** A version as lists of versions show it. */
    @Transactional(readOnly = true)
    public Version version(String id, String version) {
        JarEntity jar = find(id, version);
        return new PluginView(json)
                .version(jar, Optional.ofNullable(releases.of(id).get(jar.sha256)));
    }

    /** Shows an admitted jar as the published version. */
    @Transactional
    public void publish(String sha256) {
        JarEntity jar = jars.findById(sha256).orElseThrow();
        jar.version = jar.plainVersion();
        jar.source = JarEntity.PUBLISHED;
        jar.present = true;
        jar.cataloguedAt = Instant.now();
        jars.saveAndFlush(jar);
        latest.settle(jar.pluginId);
    }

    /** Takes a jar that was rejected or deleted out of sight; one of a plugin folder that was never published stays. */
    @Transactional
    public void hide(String sha256) {
        JarEntity jar = jars.findById(sha256).orElseThrow();
        if (!jar.source.equals(JarEntity.LOCAL)) {
            jar.become(JarEntity.HIDDEN, "hidden");
            jar.present = false;
            jar.latest = false;
        }
        jars.saveAndFlush(jar);
        latest.settle(jar.pluginId);
    }

    /** Decides anew which version is the latest, after a yank. */
    @Transactional
    public void settleLatest(String pluginId) {
        latest.settle(pluginId);
    }

    /** Whether anyone may see a version of the plugin. */
    @Transactional(readOnly = true)
    public boolean knows(String pluginId) {
        return jars.knows(pluginId);
    }

    @Transactional(readOnly = true)
    List<CatalogEntry> latest() {
        return jars.latest();
    }

    /** A version of a plugin; {@code latest} is the one that the folders hold now. */
    @Transactional(readOnly = true)
    public CataloguedPlugin resolve(String id, String version) {
        return catalogued(find(id, version));
    }

    private CataloguedPlugin catalogued(JarEntity jar) {
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
        if (version.equals(LATEST)) {
            return jars.findByPluginIdAndLatestTrue(id).orElseThrow(() -> unknown(id, version));
        }
        return jars.findByPluginIdAndVersion(id, version)
                .filter(Catalog::mayBeSeen)
                .or(() -> releases.aliased(id, version).flatMap(named -> jars.findByPluginIdAndVersion(id, named)))
                .orElseThrow(() -> unknown(id, version));
    }

    /** What is being verified is for runners only. */
    private static boolean mayBeSeen(JarEntity jar) {
        return VISIBLE.contains(jar.source) || jar.source.equals(JarEntity.UPLOAD) && Callers.may(Scope.RUN);
    }

    private ProblemException unknown(String id, String version) {
        if (!knows(id)) {
            return new ProblemException(
                    ProblemCode.PLUGIN_UNKNOWN, "expected the id of a catalogued plugin, given '" + id + "'");
        }
        return new ProblemException(
                ProblemCode.VERSION_UNKNOWN,
                "expected a catalogued version or an alias of " + id + " or 'latest', given '" + version + "'"
                        + (version.equals(LATEST)
                                ? "; no plugin folder holds the plugin any more and no published version is left"
                                : ""));
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
