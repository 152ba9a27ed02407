package org.layerzoo.registry.artifact;

import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Deletes files that went into the store for something that never came to be, or is gone. Whoever stores a file writes its digest down
 * first; that row is locked while its file is deleted, so a file that is stored again at this moment is stored after the deletion.
 */
@Component
public class Orphans {
    /** Nobody takes longer than this from storing a file to referring to it. */
    static final Duration AGE = Duration.ofHours(1);

    /** Nobody takes longer than this for storing one file. */
    static final Duration BEGUN = Duration.ofHours(24);

    private static final Logger LOG = LoggerFactory.getLogger(Orphans.class);
    private static final String UNUSED = " and a.since < now() - make_interval(secs => :age)"
            + " and not exists (select 1 from publication p where p.sha256 = a.sha256 and p.state in ('verifying', 'error', 'published'))"
            + " and not exists (select 1 from job_file f where f.sha256 = a.sha256)"
            + " and not exists (select 1 from weights w where w.sha256 = a.sha256)"
            + " and not exists (select 1 from weights_part w where w.sha256 = a.sha256)";

    private final ArtifactStore store;
    private final JdbcClient jdbc;
    private final TransactionTemplate transaction;

    Orphans(ArtifactStore store, JdbcClient jdbc, TransactionTemplate transaction) {
        this.store = store;
        this.jdbc = jdbc;
        this.transaction = transaction;
    }

    public void collect() {
        collect(AGE);
    }

    /** Deletes what services that were killed had begun to store. */
    public void tidy() {
        int deleted = store.tidy(BEGUN);
        if (deleted > 0) {
            LOG.info("deleted {} artifacts that were begun and never finished", deleted);
        }
    }

    /** Collects what has been unused for longer than {@code age}, and answers how many files that were. */
    int collect(Duration age) {
        List<String> unused = jdbc.sql("select a.sha256 from artifact_pending a where true" + UNUSED)
                .param("age", age.toMillis() / 1000.0)
                .query(String.class)
                .list();
        int collected = 0;
        for (String sha256 : unused) {
            try {
                collected += transaction.execute(status -> remove(sha256, age));
            } catch (RuntimeException e) {
                LOG.warn("artifact {} cannot be deleted, trying again: {}", sha256, e.getMessage());
            }
        }
        return collected;
    }

    private int remove(String sha256, Duration age) {
        int still = jdbc.sql("delete from artifact_pending a where a.sha256 = :sha256" + UNUSED)
                .param("sha256", sha256)
                .param("age", age.toMillis() / 1000.0)
                .update();
        if (still > 0) {
            store.remove(sha256);
        }
        return still;
    }
}
