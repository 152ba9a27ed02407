package org.layerzoo.registry.publish;

import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.interfaces.EdECPublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.layerzoo.registry.Digests;
import org.layerzoo.registry.api.PublisherKey;
import org.layerzoo.registry.api.PublisherKeyPage;
import org.layerzoo.registry.api.Scope;
import org.layerzoo.registry.audit.AuditLog;
import org.layerzoo.registry.security.Caller;
import org.layerzoo.registry.security.Callers;
import org.layerzoo.registry.web.ProblemCode;
import org.layerzoo.registry.web.ProblemException;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

/** Public keys, each of one owner. A revoked key stays listed: what it signed before is still told apart by it. */
@Service
class PublisherKeys {
    private static final String SELECT =
            "select id, owner, name, fingerprint, public_key, created_at, revoked_at, revoked_reason from publisher_key";

    private final JdbcClient jdbc;
    private final AuditLog audit;

    PublisherKeys(JdbcClient jdbc, AuditLog audit) {
        this.jdbc = jdbc;
        this.audit = audit;
    }

    /** A key of an owner. */
    record Known(UUID id, String fingerprint, PublicKey key, boolean revoked) {}

    @Transactional
    PublisherKey register(String name, String text) {
        PublicKey key = parse(text);
        String encoded = Base64.getEncoder().encodeToString(key.getEncoded());
        String fingerprint = Digests.sha256(key.getEncoded());
        Caller caller = Callers.required();
        UUID id = UUID.randomUUID();
        try {
            jdbc.sql("insert into publisher_key (id, owner, name, fingerprint, public_key, created_at)"
                            + " values (?, ?, ?, ?, ?, now())")
                    .params(id, caller.owner(), name, fingerprint, encoded)
                    .update();
        } catch (DuplicateKeyException e) {
            throw new ProblemException(
                    ProblemCode.KEY_EXISTS,
                    "expected a key that nobody has registered, given the one with fingerprint " + fingerprint);
        }
        audit.record("key.create", "key " + fingerprint, Optional.empty(), Optional.of(encoded), name);
        return find(id);
    }

    /** Reads an Ed25519 public key: PEM, or the base64 of its X.509 form. */
    static PublicKey parse(String text) {
        String body = text.replaceAll("-----(BEGIN|END) PUBLIC KEY-----", "").replaceAll("\\s+", "");
        try {
            var spec = new X509EncodedKeySpec(Base64.getDecoder().decode(body));
            if (KeyFactory.getInstance("Ed25519").generatePublic(spec) instanceof EdECPublicKey key) {
                return key;
            }
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            // told below, whatever it was
        }
        throw new ProblemException(
                ProblemCode.KEY_MALFORMED,
                "expected an Ed25519 public key as PEM or as the base64 of its X.509 form, given " + text.length()
                        + " characters that are none");
    }

    private PublisherKey find(UUID id) {
        return jdbc.sql(SELECT + " where id = ?")
                .param(id)
                .query((row, n) -> view(row))
                .optional()
                .orElseThrow(() -> new ProblemException(ProblemCode.KEY_UNKNOWN, "no key has the id " + id));
    }

    @Transactional(readOnly = true)
    PublisherKeyPage page(Optional<String> owner, int page, int size) {
        String where = " where (:owner = '' or owner = :owner)";
        List<PublisherKey> items = jdbc.sql(SELECT + where + " order by created_at desc, id limit :size offset :offset")
                .param("owner", owner.orElse(""))
                .param("size", size)
                .param("offset", (long) page * size)
                .query((row, n) -> view(row))
                .list();
        long total = jdbc.sql("select count(*) from publisher_key" + where)
                .param("owner", owner.orElse(""))
                .query(Long.class)
                .single();
        return new PublisherKeyPage(items, page, size, total);
    }

    @Transactional
    void revoke(UUID id, String reason) {
        PublisherKey key = find(id);
        Caller caller = Callers.required();
        if (!key.getOwner().equals(caller.owner()) && !Callers.may(Scope.ADMIN)) {
            throw new ProblemException(
                    ProblemCode.NOT_OWNER, "expected a key of " + caller.owner() + ", given one of " + key.getOwner());
        }
        int changed = jdbc.sql("update publisher_key set revoked_at = now(), revoked_reason = ?"
                        + " where id = ? and revoked_at is null")
                .params(reason, id)
                .update();
        if (changed > 0) {
            audit.record(
                    "key.revoke",
                    "key " + key.getFingerprint(),
                    Optional.of(key.getPublicKey()),
                    Optional.of(key.getPublicKey() + " revoked"),
                    reason);
        }
    }

    /** The keys of an owner, those in use first. */
    List<Known> of(String owner) {
        return jdbc.sql(SELECT + " where owner = ? order by revoked_at nulls first, created_at desc")
                .param(owner)
                .query((row, n) -> new Known(
                        row.getObject("id", UUID.class),
                        row.getString("fingerprint"),
                        parse(row.getString("public_key")),
                        row.getObject("revoked_at", OffsetDateTime.class) != null))
                .list();
    }

    private static PublisherKey view(ResultSet row) throws SQLException {
        OffsetDateTime revoked = row.getObject("revoked_at", OffsetDateTime.class);
        var key = new PublisherKey(
                row.getObject("id", UUID.class),
                row.getString("owner"),
                row.getString("name"),
                row.getString("fingerprint"),
                row.getString("public_key"),
                row.getObject("created_at", OffsetDateTime.class),
                revoked != null);
        Optional.ofNullable(revoked).ifPresent(key::revokedAt);
        return key.revokedReason(row.getString("revoked_reason"));
    }
}
