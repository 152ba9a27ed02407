package org.layerzoo.registry.job;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;
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

    /** Writes the files to the store and answers their digests by name; nothing refers to them yet. */
    Map<String, Stored> store(Map<String, byte[]> files) {
        long total =
                files.values().stream().mapToLong(content -> content.length).sum();
        if (total > MOST) {
            throw ProblemException.field("files", "expected at most " + MOST + " bytes together", total);
        }
        var stored = new LinkedHashMap<String, Stored>();
        files.forEach((name, content) -> {
            if (!NAME.matcher(name).matches()) {
                throw ProblemException.field("files", "expected names of letters, digits, '.', '_', '-'", name);
            }
            stored.put(name, new Stored(store.put(content), content.length));
        });
        return stored;
    }

    void attach(UUID job, Map<String, Stored> files) {
        files.forEach((name, file) -> jdbc.sql("insert into job_file (job_id, name, sha256, size) values (?, ?, ?, ?)")
                .params(job, name, file.sha256(), file.size())
                .update());
    }

    Optional<byte[]> read(UUID job, String name) {
        return jdbc.sql("select sha256 from job_file where job_id = ? and name = ?")
                .params(job, name)
                .query(String.class)
                .optional()
                .flatMap(store::get);
    }
}
