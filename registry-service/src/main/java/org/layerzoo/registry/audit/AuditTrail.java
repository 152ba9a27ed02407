package org.layerzoo.registry.audit;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.layerzoo.registry.api.AuditCheck;
import org.layerzoo.registry.api.AuditEntry;
import org.layerzoo.registry.api.AuditPage;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Transactional;

/** The log, as those see it who look into it. */
@Component
class AuditTrail {
    private static final int BLOCK = 1000;
    private final JdbcClient jdbc;

    AuditTrail(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /** What is looked for; all that is given must hold. */
    record Filter(
            Optional<String> actor,
            Optional<String> action,
            Optional<String> subject,
            Optional<OffsetDateTime> since,
            Optional<OffsetDateTime> until) {
        private Map<String, Object> parameters() {
            var parameters = new LinkedHashMap<String, Object>();
            actor.ifPresent(value -> parameters.put("actor", value));
            action.ifPresent(value -> parameters.put("action", value));
            subject.ifPresent(value -> parameters.put("subject", value));
            since.ifPresent(value -> parameters.put("since", value));
            until.ifPresent(value -> parameters.put("until", value));
            return parameters;
        }

        private String where() {
            List<String> conditions = new ArrayList<>();
            actor.ifPresent(value -> conditions.add("actor = :actor"));
            action.ifPresent(value -> conditions.add("action = :action"));
            subject.ifPresent(value -> conditions.add("subject = :subject"));
            since.ifPresent(value -> conditions.add("at >= :since"));
            until.ifPresent(value -> conditions.add("at < :until"));
            return conditions.isEmpty() ? "" : " where " + String.join(" and ", conditions);
        }
    }

    @Transactional(readOnly = true)
    AuditPage page(Filter filter, int page, int size) {
        var items = jdbc.sql("select * from audit_entry" + filter.where()
                        + " order by sequence desc limit :size offset :offset")
                .params(filter.parameters())
                .param("size", size)
                .param("offset", (long) page * size)
                .query((row, n) -> entry(row))
                .list();
        long total = jdbc.sql("select count(*) from audit_entry" + filter.where())
                .params(filter.parameters())
                .query(Long.class)
                .single();
        return new AuditPage(items, page, size, total);
    }

    /** Hands out every entry, oldest first, a block at a time. */
    void each(Consumer<AuditEntry> reader) {
        long last = 0;
        while (true) {
            List<AuditEntry> block = jdbc.sql("select * from audit_entry where sequence > ? order by sequence limit ?")
                    .params(last, BLOCK)
                    .query((row, n) -> entry(row))
                    .list();
            block.forEach(reader);
            if (block.size() < BLOCK) {
                return;
            }
            last = block.getLast().getSequence();
        }
    }

    AuditCheck check() {
        var walk = new Walk();
        each(walk::step);
        var check = new AuditCheck(walk.entries, walk.broken.isEmpty(), walk.previous);
        walk.broken.ifPresent(check::broken);
        return check;
    }

    /** Follows the chain. */
    private static final class Walk {
        private long entries;
        private String previous = AuditLog.START;
        private Optional<Long> broken = Optional.empty();

        private void step(AuditEntry entry) {
            entries++;
            var known = new AuditLog.Entry(
                    entry.getSequence(),
                    entry.getAt().toInstant(),
                    entry.getActor(),
                    entry.getToken(),
                    entry.getAction(),
                    entry.getSubject(),
                    entry.getBefore(),
                    entry.getAfter(),
                    entry.getDetail(),
                    entry.getTrace(),
                    previous);
            boolean fits = entry.getSequence() == entries
                    && entry.getPrevious().equals(previous)
                    && entry.getHash().equals(known.hash());
            if (!fits && broken.isEmpty()) {
                broken = Optional.of(entry.getSequence());
            }
            previous = entry.getHash();
        }
    }

    private static AuditEntry entry(ResultSet row) throws SQLException {
        return new AuditEntry(
                        row.getLong("sequence"),
                        row.getObject("at", OffsetDateTime.class),
                        row.getString("actor"),
                        row.getString("token"),
                        row.getString("action"),
                        row.getString("subject"),
                        row.getString("before"),
                        row.getString("after"),
                        row.getString("trace"),
                        row.getString("previous"),
                        row.getString("hash"))
                .detail(row.getString("detail"));
    }
}
