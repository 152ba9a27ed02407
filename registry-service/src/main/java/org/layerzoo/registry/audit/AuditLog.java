package org.layerzoo.registry.audit;

import java.sql.Timestamp;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.layerzoo.registry.Digests;
import org.layerzoo.registry.security.Caller;
import org.layerzoo.registry.security.Callers;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

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
    private final ApplicationEventPublisher events;

    AuditLog(JdbcClient jdbc, ApplicationEventPublisher events) {
        this.jdbc = jdbc;
        this.events = events;
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
        Optional<Caller> caller = Callers.current();
        pending()
                .add(new Draft(
                        Instant.now().truncatedTo(ChronoUnit.MICROS),
                        caller.map(Caller::owner).orElse("registry"),
                        caller.map(Caller::name).orElse(""),
                        action,
                        subject.replace("\0", ""),
                        before.map(Digests::sha256).orElse(""),
                        after.map(Digests::sha256).orElse(""),
                        detail.replace("\0", ""),
                        Traces.current()));
    }

    /** What is known of a change before it has its place in the log. */
    private record Draft(
            Instant at,
            String actor,
            String token,
            String action,
            String subject,
            String before,
            String after,
            String detail,
            String trace) {
        Entry after(Last last) {
            return new Entry(
                    last.sequence() + 1, at, actor, token, action, subject, before, after, detail, trace, last.hash());
        }
    }

    /** The changes of the present transaction. They are written last, so that the log is locked for a moment and after all else. */
    private Pending pending() {
        return TransactionSynchronizationManager.getSynchronizations().stream()
                .filter(Pending.class::isInstance)
                .map(Pending.class::cast)
                .filter(pending -> pending.log() == this)
                .findFirst()
                .orElseGet(() -> {
                    var pending = new Pending();
                    TransactionSynchronizationManager.registerSynchronization(pending);
                    return pending;
                });
    }

    private final class Pending implements TransactionSynchronization {
        private final List<Draft> drafts = new ArrayList<>();

        AuditLog log() {
            return AuditLog.this;
        }

        void add(Draft draft) {
            drafts.add(draft);
        }

        @Override
        public void beforeCommit(boolean readOnly) {
            write(drafts);
        }
    }

    private void write(List<Draft> drafts) {
        // Those who change something wait for each other here: the sequence has no gap, not even after a rollback.
        jdbc.sql("select pg_advisory_xact_lock(hashtext('audit'))")
                .query((row, n) -> 0)
                .single();
        Last last = jdbc.sql(NEWEST).query(Last.class).optional().orElse(new Last(0, START));
        for (Draft draft : drafts) {
            Entry entry = draft.after(last);
            insert(entry);
            events.publishEvent(new Recorded(
                    entry.sequence(),
                    entry.at(),
                    entry.actor(),
                    entry.action(),
                    entry.subject(),
                    entry.detail(),
                    entry.trace()));
            last = new Last(entry.sequence(), entry.hash());
        }
    }

    private void insert(Entry entry) {
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

    /** A change that the log has taken in; told within the transaction of the change. */
    public record Recorded(
            long sequence, Instant at, String actor, String action, String subject, String detail, String trace) {}

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
