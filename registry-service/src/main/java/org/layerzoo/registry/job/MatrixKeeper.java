package org.layerzoo.registry.job;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.layerzoo.registry.api.Matrix;
import org.layerzoo.registry.artifact.Artifact;
import org.layerzoo.registry.artifact.ArtifactStore;
import org.layerzoo.registry.web.ProblemCode;
import org.layerzoo.registry.web.ProblemException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Mixing matrices, stored under the digest of what was asked. */
@Component
class MatrixKeeper implements ResultKeeper {
    static final String PNG = "matrix.png";
    private static final TypeReference<TreeMap<String, Object>> OBJECT = new TypeReference<>() {};

    private final JdbcClient jdbc;
    private final JsonMapper json;
    private final ArtifactStore store;

    MatrixKeeper(JdbcClient jdbc, JsonMapper json, ArtifactStore store) {
        this.jdbc = jdbc;
        this.json = json;
        this.store = store;
    }

    /** A stored matrix. */
    record Stored(String document, String png) {}

    @Override
    public String kind() {
        return "matrix";
    }

    @Override
    public void keep(JobEntity job, Map<String, Object> result, Map<String, JobFiles.Stored> files) {
        JsonNode rows = json.valueToTree(result).path("rows");
        boolean numbers = rows.isArray()
                && !rows.isEmpty()
                && rows.valueStream()
                        .allMatch(row -> row.isArray() && row.valueStream().allMatch(JsonNode::isNumber));
        if (!numbers) {
            throw new ProblemException(ProblemCode.RESULT_INVALID, "rows: expected a list of lists of numbers");
        }
        var png = Optional.ofNullable(files.get(PNG))
                .orElseThrow(() -> new ProblemException(
                        ProblemCode.RESULT_INVALID, "files: expected " + PNG + ", given " + files.keySet()));
        JsonNode spec = json.readTree(job.spec);
        String[] reference = spec.path("id").asString().split("/", 2);
        var jar = json.readValue(job.jars, new TypeReference<List<Jobs.JobJar>>() {})
                .getFirst();
        String provider = reference.length > 1 ? reference[1] : "";
        var matrix = new Matrix(
                jar.id(),
                jar.version(),
                provider,
                spec.path("length").asInt(),
                spec.path("seed").asLong(),
                List.of());
        var document = json.<tools.jackson.databind.node.ObjectNode>valueToTree(matrix);
        document.put("kind", String.valueOf(result.getOrDefault("kind", "sensitivity")));
        document.set("rows", rows);
        Optional<Map<String, Object>> config = spec.path("config").isObject()
                ? Optional.of(json.convertValue(spec.path("config"), OBJECT))
                : Optional.empty();
        String key = MatrixQuestion.key(json, jar.sha256(), provider, matrix.getLength(), matrix.getSeed(), config);
        jdbc.sql(
                        "insert into matrix (key, job_id, document, png) values (?, ?, ?, ?)"
                                + " on conflict (key) do update set job_id = excluded.job_id, document = excluded.document, png = excluded.png")
                .params(key, job.id, json.writeValueAsString(document), png.sha256())
                .update();
    }

    Optional<Stored> find(String key) {
        return jdbc.sql("select document, png from matrix where key = ?")
                .param(key)
                .query(Stored.class)
                .optional();
    }

    Optional<byte[]> png(Stored stored) {
        return store.find(stored.png()).map(Artifact::bytes);
    }
}
