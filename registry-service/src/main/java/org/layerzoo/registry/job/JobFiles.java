package org.layerzoo.registry.job;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;
import org.layerzoo.registry.Digests;
import org.layerzoo.registry.artifact.Artifact;
import org.layerzoo.registry.artifact.ArtifactStore;
import org.layerzoo.registry.web.ProblemException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** The files that jobs produced. */
@Component
class JobFiles {
    private static final long MOST = 32L << 20;
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,100}");

    private final ArtifactStore store;
    private final JdbcClient jdbc;

    JobFiles(ArtifactStore store, JdbcClient jdbc) {
        this.store = store;
        this.jdbc = jdbc;
    }

    /** A stored file. */
    record Stored(String sha256, long size) {}

    /**
     * Writes the files to the store, before the transaction that will refer to them, and answers their digests by name. What nothing comes
     * to refer to is collected.
     */
    Map<String, Stored> store(Map<String, byte[]> files) {
        long total =
                files.values().stream().mapToLong(content -> content.length).sum();
        if (total > MOST) {
            throw ProblemException.field("files", "expected at most " + MOST + " bytes together", total);
        }
        files.keySet().stream()
                .filter(name -> !NAME.matcher(name).matches())
                .findFirst()
                .ifPresent(name -> {
                    throw ProblemException.field("files", "expected names of letters, digits, '.', '_', '-'", name);
                });
        var stored = new LinkedHashMap<String, Stored>();
        files.forEach((name, content) -> {
            jdbc.sql("insert into artifact_pending (sha256, since) values (?, now())"
                            + " on conflict (sha256) do update set since = now()")
                    .param(Digests.sha256(content))
                    .update();
            stored.put(name, new Stored(store.put(content), content.length));
        });
        return stored;
    }

    void attach(UUID job, Map<String, Stored> files) {
        files.forEach((name, file) -> {
            jdbc.sql("insert into job_file (job_id, name, sha256, size) values (?, ?, ?, ?)")
                    .params(job, name, file.sha256(), file.size())
                    .update();
            jdbc.sql("delete from artifact_pending where sha256 = ?")
                    .param(file.sha256())
                    .update();
        });
    }

    Optional<byte[]> read(UUID job, String name) {
        return jdbc.sql("select sha256 from job_file where job_id = ? and name = ?")
                .params(job, name)
                .query(String.class)
                .optional()
                .flatMap(store::find)
                .map(Artifact::bytes);
    }
}
