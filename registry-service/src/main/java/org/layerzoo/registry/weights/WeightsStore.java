package org.layerzoo.registry.weights;

import java.io.IOException;
import java.io.InputStream;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.layerzoo.registry.api.Weights;
import org.layerzoo.registry.api.WeightsLineage;
import org.layerzoo.registry.api.WeightsPage;
import org.layerzoo.registry.artifact.Artifact;
import org.layerzoo.registry.artifact.ArtifactStore;
import org.layerzoo.registry.audit.AuditLog;
import org.layerzoo.registry.catalog.Catalog;
import org.layerzoo.registry.security.Ownership;
import org.layerzoo.registry.web.ProblemCode;
import org.layerzoo.registry.web.ProblemException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/** Safetensors files, each stored once under its SHA-256, with where they come from. */
@Service
public class WeightsStore {
    private static final TypeReference<Map<String, Object>> OBJECT = new TypeReference<>() {};
    private static final TypeReference<Map<String, Double>> NUMBERS = new TypeReference<>() {};
    private static final int LONGEST_LINE = 1000;

    private final ArtifactStore store;
    private final Catalog catalog;
    private final AuditLog audit;
    private final JdbcClient jdbc;
    private final JsonMapper json;

    WeightsStore(ArtifactStore store, Catalog catalog, AuditLog audit, JdbcClient jdbc, JsonMapper json) {
        this.store = store;
        this.catalog = catalog;
        this.audit = audit;
        this.jdbc = jdbc;
        this.json = json;
    }

    /** A lineage whose plugin, version and parent are known here, with the version that an alias stands for. */
    @Transactional(readOnly = true)
    public WeightsLineage settled(WeightsLineage said) {
        if (said.getPlugin() == null) {
            boolean bare = said.getVersion() == null && !Boolean.TRUE.equals(said.getOfficial());
            if (!bare) {
                throw ProblemException.field(
                        "lineage.plugin", "expected the plugin that 'version' and 'official' speak of", "none");
            }
        } else {
            var jar = catalog.resolve(
                    said.getPlugin(), Optional.ofNullable(said.getVersion()).orElse("latest"));
            said.version(jar.version());
        }
        Optional.ofNullable(said.getParent()).ifPresent(this::require);
        Optional.ofNullable(said.getMetrics()).orElse(Map.of()).forEach((name, value) -> {
            if (value == null || !Double.isFinite(value)) {
                throw ProblemException.field("lineage.metrics." + name, "expected a finite number", value);
            }
        });
        return said;
    }

    /** Stores what is known of a file that lies in the artifact store, in the transaction that is under way. */
    @Transactional(propagation = Propagation.MANDATORY)
    public Weights keep(String sha256, SafetensorsCheck.Facts facts, WeightsLineage lineage, String owner) {
        int added = jdbc.sql("""
                insert into weights (sha256, size, metadata, created_at, owner, plugin, version, task, recipe, seed, metrics,
                    parent, official, tensors, parameters)
                values (:sha256, :size, :metadata, now(), :owner, :plugin, :version, :task, :recipe, :seed, :metrics, :parent,
                    :official, :tensors, :parameters)
                on conflict (sha256) do nothing""")
                .param("sha256", sha256)
                .param("size", facts.size())
                .param("metadata", json.writeValueAsString(facts.metadata()))
                .param("owner", owner)
                .params(columns(lineage))
                .param("tensors", facts.tensors())
                .param("parameters", facts.parameters())
                .update();
        if (added > 0) {
            String origin = json.writeValueAsString(lineage);
            audit.record("weights.add", "weights " + sha256, Optional.empty(), Optional.of(sha256 + origin), origin);
        } else {
            trace(sha256, lineage);
        }
        return get(sha256);
    }

    /** Gives a file that has no lineage this one; one that has another keeps it, and the caller is told. */
    @Transactional
    public void trace(String sha256, WeightsLineage lineage) {
        Weights weights = get(sha256);
        WeightsLineage known = weights.getLineage();
        var none = new WeightsLineage();
        if (lineage.equals(none) || lineage.equals(known)) {
            return;
        }
        if (!known.equals(none)) {
            throw new ProblemException(
                    ProblemCode.LINEAGE_DIFFERS,
                    "weights " + sha256 + " are stored as " + json.writeValueAsString(known) + ", given "
                            + json.writeValueAsString(lineage));
        }
        Ownership.require("the lineage of weights " + sha256, weights.getOwner());
        jdbc.sql(
                        "update weights set plugin = :plugin, version = :version, task = :task, recipe = :recipe, seed = :seed,"
                                + " metrics = :metrics, parent = :parent, official = :official where sha256 = :sha256")
                .params(columns(lineage))
                .param("sha256", sha256)
                .update();
        String origin = json.writeValueAsString(lineage);
        audit.record("weights.trace", "weights " + sha256, Optional.empty(), Optional.of(origin), origin);
    }

    private Map<String, Object> columns(WeightsLineage lineage) {
        var columns = new HashMap<String, Object>();
        columns.put("plugin", text(lineage.getPlugin()));
        columns.put("version", text(lineage.getVersion()));
        columns.put("task", text(lineage.getTask()));
        columns.put("recipe", text(lineage.getRecipe()));
        columns.put("seed", lineage.getSeed());
        columns.put(
                "metrics",
                json.writeValueAsString(
                        Optional.ofNullable(lineage.getMetrics()).orElse(Map.of())));
        columns.put("parent", text(lineage.getParent()));
        columns.put("official", Boolean.TRUE.equals(lineage.getOfficial()));
        return columns;
    }

    private static String text(String value) {
        return Optional.ofNullable(value).orElse("");
    }

    private Weights weights(ResultSet row) throws SQLException {
        var weights = new Weights(
                row.getString("sha256"),
                row.getLong("size"),
                json.readValue(row.getString("metadata"), OBJECT),
                row.getObject("created_at", OffsetDateTime.class));
        return weights.owner(row.getString("owner"))
                .tensors(row.getInt("tensors"))
                .parameters(row.getLong("parameters"))
                .lineage(lineage(row));
    }

    private WeightsLineage lineage(ResultSet row) throws SQLException {
        var lineage = new WeightsLineage();
        present(row, "plugin").ifPresent(lineage::plugin);
        present(row, "version").ifPresent(lineage::version);
        present(row, "task").ifPresent(lineage::task);
        present(row, "recipe").ifPresent(lineage::recipe);
        present(row, "parent").ifPresent(lineage::parent);
        Optional.ofNullable(row.getObject("seed", Long.class)).ifPresent(lineage::seed);
        lineage.metrics(json.readValue(row.getString("metrics"), NUMBERS));
        lineage.official(row.getBoolean("official"));
        return lineage;
    }

    private static Optional<String> present(ResultSet row, String column) throws SQLException {
        return Optional.of(row.getString(column)).filter(text -> !text.isEmpty());
    }

    /** What weights are looked for; all that is given must hold. */
    record Filter(Optional<String> plugin, Optional<String> task, Optional<String> parent) {
        private Map<String, String> parameters() {
            return Map.of("plugin", plugin.orElse(""), "task", task.orElse(""), "parent", parent.orElse(""));
        }

        private static String where() {
            return " from weights where (:plugin = '' or plugin = :plugin) and (:task = '' or task = :task)"
                    + " and (:parent = '' or parent = :parent)";
        }
    }

    @Transactional(readOnly = true)
    WeightsPage list(Filter filter, int page, int size) {
        List<Weights> items = jdbc.sql(
                        "select *" + Filter.where() + " order by created_at desc, sha256 limit :size offset :offset")
                .params(filter.parameters())
                .param("size", size)
                .param("offset", (long) page * size)
                .query((row, n) -> weights(row))
                .list();
        long total = jdbc.sql("select count(*)" + Filter.where())
                .params(filter.parameters())
                .query(Long.class)
                .single();
        return new WeightsPage(items, page, size, total);
    }

    Optional<Weights> find(String sha256) {
        return jdbc.sql("select * from weights where sha256 = ?")
                .param(sha256)
                .query((row, n) -> weights(row))
                .optional();
    }

    @Transactional(readOnly = true)
    public boolean knows(String sha256) {
        return find(sha256).isPresent();
    }

    @Transactional(readOnly = true)
    public Weights get(String sha256) {
        return find(sha256).orElseThrow(() -> unknown(sha256));
    }

    /** The weights, those they were made from, and so on, the oldest last. */
    @Transactional(readOnly = true)
    List<Weights> line(String sha256) {
        var line = new ArrayList<Weights>();
        for (Optional<Weights> next = Optional.of(get(sha256)); next.isPresent() && line.size() < LONGEST_LINE; ) {
            line.add(next.get());
            next = Optional.ofNullable(next.get().getLineage().getParent())
                    .filter(parent ->
                            line.stream().noneMatch(known -> known.getSha256().equals(parent)))
                    .flatMap(this::find);
        }
        return line;
    }

    private static ProblemException unknown(String sha256) {
        return new ProblemException(
                ProblemCode.WEIGHTS_UNKNOWN,
                "expected the SHA-256 of weights of this registry, given " + sha256
                        + "; POST /api/v1/weights stores a file");
    }

    /** @throws ProblemException when no file of this digest is stored; files of jobs, such as checkpoints, count */
    public void require(String sha256) {
        boolean known = jdbc.sql("select (select count(*) from weights where sha256 = :sha)"
                                + " + (select count(*) from job_file where sha256 = :sha)")
                        .param("sha", sha256)
                        .query(Long.class)
                        .single()
                > 0;
        if (!known) {
            throw unknown(sha256);
        }
    }

    /**
     * Refuses weights of another plugin.
     *
     * @param plugins ids of those that a deployment of the weights runs
     */
    @Transactional(readOnly = true)
    public void requireOf(String sha256, List<String> plugins) {
        require(sha256);
        find(sha256)
                .map(known -> known.getLineage().getPlugin())
                .filter(plugin -> !plugins.contains(plugin))
                .ifPresent(plugin -> {
                    throw ProblemException.field(
                            "weights", "expected weights of " + plugins + ", these are of '" + plugin + "'", sha256);
                });
    }

    /** Whether the file's tensors bear the names of the authors' code. */
    @Transactional(readOnly = true)
    public boolean official(String sha256) {
        return find(sha256).map(known -> known.getLineage().getOfficial()).orElse(false);
    }

    /** @throws ProblemException when there is no such file */
    Artifact content(String sha256) {
        require(sha256);
        return store.find(sha256)
                .orElseThrow(() -> new ProblemException(
                        ProblemCode.WEIGHTS_UNKNOWN, "the file of " + sha256 + " is no longer stored"));
    }

    /** What a file is. @throws ProblemException when it is no safetensors file */
    public static SafetensorsCheck.Facts facts(Artifact file) throws IOException {
        try (InputStream in = file.open()) {
            return SafetensorsCheck.check(file.size(), in);
        }
    }
}
