package org.layerzoo.registry.weights;

import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.Enumeration;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.layerzoo.registry.api.Weights;
import org.layerzoo.registry.api.WeightsLineage;
import org.layerzoo.registry.api.WeightsUpload;
import org.layerzoo.registry.api.WeightsUploadRequest;
import org.layerzoo.registry.artifact.ArtifactStore;
import org.layerzoo.registry.audit.AuditLog;
import org.layerzoo.registry.security.Caller;
import org.layerzoo.registry.web.ProblemCode;
import org.layerzoo.registry.web.ProblemException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Service;
import org.springframework.transaction.support.TransactionTemplate;
import tools.jackson.databind.json.JsonMapper;

/**
 * Uploads in parts. A caller says the digest and the size first, sends one part after the other, and may go on after any interruption
 * where the registry says it is. Each part is a file of the store at once, so it does not matter which service takes the next one.
 */
@Service
class WeightsUploads {
    private final WeightsStore weights;
    private final WeightsSettings settings;
    private final Incoming incoming;
    private final ArtifactStore store;
    private final AuditLog audit;
    private final JdbcClient jdbc;
    private final JsonMapper json;
    private final TransactionTemplate transaction;

    WeightsUploads(
            WeightsStore weights,
            WeightsSettings settings,
            Incoming incoming,
            ArtifactStore store,
            AuditLog audit,
            JdbcClient jdbc,
            JsonMapper json,
            TransactionTemplate transaction) {
        this.weights = weights;
        this.settings = settings;
        this.incoming = incoming;
        this.store = store;
        this.audit = audit;
        this.jdbc = jdbc;
        this.json = json;
        this.transaction = transaction;
    }

    private record Row(
            UUID id,
            String sha256,
            long size,
            String owner,
            WeightsLineage lineage,
            long received,
            OffsetDateTime expiresAt) {
        String subject() {
            return "weights " + sha256;
        }

        WeightsUpload view() {
            return new WeightsUpload(id, sha256, size, received, expiresAt);
        }
    }

    /** What a caller who wants to hand a file in is told: where to go on, or that the file is here. */
    record Begun(Optional<WeightsUpload> upload, Optional<Weights> stored) {}

    /** Begins an upload, or finds the one that the same owner began of the same file. */
    Begun begin(WeightsUploadRequest wanted, Caller caller) {
        long most = settings.maxSize().toBytes();
        if (wanted.getSize() > most) {
            throw new ProblemException(
                    ProblemCode.BODY_TOO_LARGE,
                    "expected a file of at most " + most + " bytes, given " + wanted.getSize());
        }
        var lineage = weights.settled(Optional.ofNullable(wanted.getLineage()).orElseGet(WeightsLineage::new));
        if (weights.find(wanted.getSha256()).isPresent()) {
            transaction.executeWithoutResult(status -> weights.trace(wanted.getSha256(), lineage));
            return new Begun(Optional.empty(), weights.find(wanted.getSha256()));
        }
        UUID id = transaction.execute(status -> insert(wanted, lineage, caller));
        return new Begun(Optional.of(find(id, caller).view()), Optional.empty());
    }

    private UUID insert(WeightsUploadRequest wanted, WeightsLineage lineage, Caller caller) {
        String text = json.writeValueAsString(lineage);
        Optional<Row> open = jdbc.sql("select * from weights_upload where sha256 = ? and owner = ? for update")
                .params(wanted.getSha256(), caller.owner())
                .query((row, n) -> row(row))
                .optional();
        if (open.isPresent() && open.get().size() == wanted.getSize()) {
            jdbc.sql("update weights_upload set lineage = ? where id = ?")
                    .params(text, open.get().id())
                    .update();
            return open.get().id();
        }
        open.ifPresent(row -> forget(row, "given up for one of another size"));
        UUID id = jdbc.sql(
                        "insert into weights_upload (id, sha256, size, owner, lineage, received, created_at, expires_at)"
                                + " values (?, ?, ?, ?, ?, 0, now(), now() + make_interval(secs => ?))"
                                + " on conflict (sha256, owner) do update set lineage = excluded.lineage returning id")
                .params(UUID.randomUUID(), wanted.getSha256(), wanted.getSize(), caller.owner(), text, expirySeconds())
                .query(UUID.class)
                .single();
        audit.record(
                "weights.upload",
                "weights " + wanted.getSha256(),
                Optional.empty(),
                Optional.of(text),
                wanted.getSize() + " bytes");
        return id;
    }

    private double expirySeconds() {
        return settings.uploadExpiry().toMillis() / 1000.0;
    }

    /** An upload of the caller's; those of others are not told of. */
    private Row find(UUID id, Caller caller) {
        return jdbc.sql("select * from weights_upload where id = ?")
                .param(id)
                .query((row, n) -> row(row))
                .optional()
                .filter(row -> row.owner().equals(caller.owner()))
                .orElseThrow(() -> new ProblemException(
                        ProblemCode.UPLOAD_UNKNOWN,
                        "expected the id of an open upload of yours, given " + id
                                + "; one that nobody goes on with is forgotten after " + settings.uploadExpiry()));
    }

    WeightsUpload get(UUID id, Caller caller) {
        return find(id, caller).view();
    }

    /** Takes the part that begins at {@code offset}. */
    WeightsUpload append(UUID id, long offset, InputStream body, Caller caller) throws IOException {
        requireOffset(find(id, caller), offset);
        try (Incoming.Received part = incoming.receive(body)) {
            Row row = find(id, caller);
            requireOffset(row, offset);
            if (part.size() > row.size() - offset) {
                throw ProblemException.field(
                        "body", "expected at most the " + (row.size() - offset) + " bytes that are left", part.size());
            }
            if (part.size() > 0) {
                incoming.store(part);
                transaction.executeWithoutResult(status -> add(id, offset, part));
            }
        }
        return find(id, caller).view();
    }

    private void add(UUID id, long offset, Incoming.Received part) {
        int moved = jdbc.sql(
                        "update weights_upload set received = received + ?, expires_at = now() + make_interval(secs => ?)"
                                + " where id = ? and received = ?")
                .params(part.size(), expirySeconds(), id, offset)
                .update();
        if (moved == 0) {
            throw offset(offset, "another offset: someone else goes on with this upload");
        }
        jdbc.sql("insert into weights_part (upload_id, start, size, sha256) values (?, ?, ?, ?)")
                .params(id, offset, part.size(), part.sha256())
                .update();
    }

    private static void requireOffset(Row row, long offset) {
        if (row.received() != offset) {
            throw offset(offset, Long.toString(row.received()));
        }
    }

    private static ProblemException offset(long given, String expected) {
        return new ProblemException(
                ProblemCode.UPLOAD_OFFSET, "Upload-Offset: expected " + expected + ", given " + given);
    }

    /** Puts the parts together, looks at the file, and stores it. A file that is no good ends its upload. */
    Weights complete(UUID id, Caller caller) throws IOException {
        Row row = find(id, caller);
        if (row.received() != row.size()) {
            throw new ProblemException(
                    ProblemCode.UPLOAD_INCOMPLETE,
                    "expected all " + row.size() + " bytes, and " + row.received() + " have come");
        }
        try (Incoming.Received whole = incoming.receive(parts(row))) {
            if (!whole.sha256().equals(row.sha256())) {
                throw new ProblemException(
                        ProblemCode.DIGEST_MISMATCH,
                        "expected bytes of SHA-256 " + row.sha256() + ", the parts together have " + whole.sha256());
            }
            var facts = SafetensorsCheck.check(whole.file());
            incoming.store(whole);
            return transaction.execute(status -> {
                Weights stored = weights.keep(row.sha256(), facts, row.lineage(), row.owner());
                incoming.kept(row.sha256());
                delete(row.id());
                return stored;
            });
        } catch (ProblemException e) {
            transaction.executeWithoutResult(status -> forget(row, e.getMessage()));
            throw e;
        }
    }

    /** The parts, each opened when the one before has been read. */
    private InputStream parts(Row row) {
        Iterator<String> digests = jdbc.sql("select sha256 from weights_part where upload_id = ? order by start")
                .param(row.id())
                .query(String.class)
                .list()
                .iterator();
        return new SequenceInputStream(new Enumeration<>() {
            @Override
            public boolean hasMoreElements() {
                return digests.hasNext();
            }

            @Override
            public InputStream nextElement() {
                return open(digests.next());
            }
        });
    }

    private InputStream open(String sha256) {
        return store.find(sha256)
                .orElseThrow(() -> new IllegalStateException("part " + sha256 + " is missing from the store"))
                .open();
    }

    void abort(UUID id, Caller caller) {
        Row row = find(id, caller);
        transaction.executeWithoutResult(status -> forget(row, "given up"));
    }

    /** Forgets uploads that nobody goes on with; the collector of orphans takes their parts. */
    void expire() {
        List<Row> expired = jdbc.sql("select * from weights_upload where expires_at < now()")
                .query((row, n) -> row(row))
                .list();
        for (Row row : expired) {
            transaction.executeWithoutResult(status -> forget(row, "expired"));
        }
    }

    private void forget(Row row, String why) {
        if (delete(row.id()) > 0) {
            audit.record("weights.upload-end", row.subject(), Optional.empty(), Optional.empty(), why);
        }
    }

    private int delete(UUID id) {
        return jdbc.sql("delete from weights_upload where id = ?").param(id).update();
    }

    private Row row(ResultSet row) throws SQLException {
        return new Row(
                row.getObject("id", UUID.class),
                row.getString("sha256"),
                row.getLong("size"),
                row.getString("owner"),
                json.readValue(row.getString("lineage"), WeightsLineage.class),
                row.getLong("received"),
                row.getObject("expires_at", OffsetDateTime.class));
    }
}
