package org.layerzoo.registry.serving;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import org.layerzoo.registry.api.WeightsPage;
import org.layerzoo.registry.artifact.ArtifactStore;
import org.layerzoo.registry.web.ProblemCode;
import org.layerzoo.registry.web.ProblemException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;
import tools.jackson.core.JacksonException;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Safetensors files that were handed in, each stored once under its SHA-256. */
@Service
class Weights {
    private static final TypeReference<Map<String, Object>> OBJECT = new TypeReference<>() {};

    private final ArtifactStore store;
    private final JdbcClient jdbc;
    private final JsonMapper json;

    Weights(ArtifactStore store, JdbcClient jdbc, JsonMapper json) {
        this.store = store;
        this.jdbc = jdbc;
        this.json = json;
    }

    /** Stores a file. @throws ProblemException when it is no safetensors file */
    @Transactional
    org.layerzoo.registry.api.Weights add(byte[] content) {
        String metadata = json.writeValueAsString(metadata(content));
        String sha256 = store.put(content);
        jdbc.sql("insert into weights (sha256, size, metadata, created_at) values (?, ?, ?, now())"
                        + " on conflict (sha256) do nothing")
                .params(sha256, content.length, metadata)
                .update();
        return jdbc.sql("select * from weights where sha256 = ?")
                .param(sha256)
                .query((row, n) -> weights(row))
                .single();
    }

    /** The header's own metadata; the header must describe bytes that are there. */
    private JsonNode metadata(byte[] content) {
        long header = content.length < 8
                ? -1
                : ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN).getLong();
        if (header < 2 || header > content.length - 8) {
            throw unreadable("its header length " + header + " does not fit " + content.length + " bytes");
        }
        try {
            JsonNode tree = json.readTree(content, 8, (int) header);
            long data = content.length - 8 - header;
            for (var tensor : tree.properties()) {
                JsonNode range = tensor.getValue().path("data_offsets");
                boolean known = tensor.getKey().equals("__metadata__");
                if (!known && (range.path(0).asLong(-1) < 0 || range.path(1).asLong(Long.MAX_VALUE) > data)) {
                    throw unreadable("tensor '" + tensor.getKey() + "' lies outside of the file");
                }
            }
            return tree.isObject() ? tree.path("__metadata__") : json.createObjectNode();
        } catch (JacksonException e) {
            throw unreadable("its header is no JSON");
        }
    }

    private static ProblemException unreadable(String why) {
        return new ProblemException(
                ProblemCode.BODY_UNREADABLE, "expected a safetensors file as the body, given another: " + why);
    }

    private org.layerzoo.registry.api.Weights weights(ResultSet row) throws SQLException {
        JsonNode metadata = json.readTree(row.getString("metadata"));
        return new org.layerzoo.registry.api.Weights(
                row.getString("sha256"),
                row.getLong("size"),
                metadata.isObject() ? json.convertValue(metadata, OBJECT) : Map.of(),
                row.getObject("created_at", OffsetDateTime.class));
    }

    @Transactional(readOnly = true)
    WeightsPage list(int page, int size) {
        List<org.layerzoo.registry.api.Weights> items = jdbc.sql(
                        "select * from weights order by created_at desc, sha256 limit ? offset ?")
                .params(size, (long) page * size)
                .query((row, n) -> weights(row))
                .list();
        long total = jdbc.sql("select count(*) from weights").query(Long.class).single();
        return new WeightsPage(items, page, size, total);
    }

    /** @throws ProblemException when no file of this digest is stored; files of jobs, such as checkpoints, count */
    void require(String sha256) {
        boolean known = jdbc.sql("select (select count(*) from weights where sha256 = :sha)"
                                + " + (select count(*) from job_file where sha256 = :sha)")
                        .param("sha", sha256)
                        .query(Long.class)
                        .single()
                > 0;
        if (!known) {
            throw new ProblemException(
                    ProblemCode.WEIGHTS_UNKNOWN,
                    "expected the SHA-256 of weights of this registry, given " + sha256
                            + "; POST /api/v1/weights stores a file");
        }
    }

    byte[] content(String sha256) {
        require(sha256);
        return store.get(sha256)
                .orElseThrow(() -> new ProblemException(
                        ProblemCode.WEIGHTS_UNKNOWN, "the file of " + sha256 + " is no longer stored"));
    }
}
