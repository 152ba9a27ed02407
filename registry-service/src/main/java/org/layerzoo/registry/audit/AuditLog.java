package org.layerzoo.registry.audit;

import java.sql.Timestamp;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import org.layerzoo.registry.Digests;
import org.layerzoo.registry.security.Caller;
import org.layerzoo.registry.security.Callers;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;

/**
 * The log of changes. An entry is written in the transaction of the change it tells of, so there is never one without the other; each
 * holds the hash of the one before, so a gap or a change made behind the registry's back shows.
 */
@Component
public class AuditLog {
    private static final String NEWEST = "select sequence, hash from audit_entry order by sequence desc limit 1";

    /** What stands for the entry before the first. */
    static final String START = "0".repeat(64);

    private final JdbcClient jdbc;

    AuditLog(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    private record Last(long sequence, String hash) {}

    /**
     * Writes down a change by the present caller, or by the registry itself where there is none.
     *
     * @param action what was done, such as {@code version.yank}
     * @param subject to what, such as {@code mamba@1.0.0}
     * @param before the state before; only its digest is kept
     * @param after the state after; only its digest is kept
     * @param detail a reason or note; never a secret
     */
    @Transactional(propagation = Propagation.MANDATORY)
    public void record(String action, String subject, Optional<String> before, Optional<String> after, String detail) {
        // Those who change something wait for each other here: the sequence has no gap, not even after a rollback.
        jdbc.sql("select pg_advisory_xact_lock(hashtext('audit'))")
                .query((row, n) -> 0)
                .single();
        Last last = jdbc.sql(NEWEST).query(Last.class).optional().orElse(new Last(0, START));
        Optional<Caller> caller = Callers.current();
        var entry = new Entry(
                last.sequence() + 1,
                Instant.now().truncatedTo(ChronoUnit.MICROS),
                caller.map(Caller::owner).orElse("registry"),
                caller.map(Caller::name).orElse(""),
                action,
                subject.replace("\0", ""),
                before.map(Digests::sha256).orElse(""),
                after.map(Digests::sha256).orElse(""),
                detail.replace("\0", ""),
                Traces.current(),
                last.hash());
        jdbc.sql("insert into audit_entry (sequence, at, actor, token, action, subject, before, after, detail, trace,"
                        + " previous, hash) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
                .params(
                        entry.sequence(),
                        Timestamp.from(entry.at()),
                        entry.actor(),
                        entry.token(),
                        entry.action(),
                        entry.subject(),
                        entry.before(),
                        entry.after(),
                        entry.detail(),
                        entry.trace(),
                        entry.previous(),
                        entry.hash())
                .update();
    }

    /** One change. */
    record Entry(
            long sequence,
            Instant at,
            String actor,
            String token,
            String action,
            String subject,
            String before,
            String after,
            String detail,
            String trace,
            String previous) {

        /** SHA-256 over the fields, each led by its length, so that no two entries look alike. */
        String hash() {
            var text = new StringBuilder();
            for (Object field :
                    new Object[] {sequence, at, actor, token, action, subject, before, after, detail, trace, previous
                    }) {
                String value = field.toString();
                text.append(value.length()).append(':').append(value);
            }
            return Digests.sha256(text.toString());
        }
    }
}
