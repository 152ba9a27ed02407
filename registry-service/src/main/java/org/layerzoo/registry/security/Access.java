package org.layerzoo.registry.security;

import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.layerzoo.registry.Digests;
import org.layerzoo.registry.api.Scope;
import org.layerzoo.registry.audit.AuditLog;
import org.layerzoo.registry.web.ProblemCode;
import org.layerzoo.registry.web.ProblemException;
import org.springframework.data.domain.Page;
import org.springframework.data.domain.PageRequest;
import org.springframework.data.domain.Sort;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

/** Tokens, one-time codes and sessions. Of each secret the database holds the SHA-256 only. */
@Service
class Access {
    private static final Duration CODE_LIFE = Duration.ofMinutes(10);
    static final Duration SESSION_LIFE = Duration.ofDays(7);
    private static final SecureRandom RANDOM = new SecureRandom();

    private final TokenRepository tokens;
    private final JdbcClient jdbc;
    private final AuditLog audit;
    private final InstantSource clock;

    Access(TokenRepository tokens, JdbcClient jdbc, AuditLog audit, InstantSource clock) {
        this.tokens = tokens;
        this.jdbc = jdbc;
        this.audit = audit;
        this.clock = clock;
    }

    /** What may be told of a token. */
    private static String facts(TokenEntity token) {
        return token.name + " of " + token.owner() + " for " + token.scopes()
                + (token.expiresAt == null ? "" : " until " + token.expiresAt);
    }

    /** A secret and what is stored about it. */
    record Issued<T>(String secret, T stored) {}

    private static String secret(String prefix) {
        byte[] bytes = new byte[32];
        RANDOM.nextBytes(bytes);
        return prefix + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    @Transactional
    Issued<TokenEntity> issue(String name, String owner, Set<Scope> scopes, Optional<Duration> life) {
        String secret = secret("zoo_");
        Instant now = clock.instant().truncatedTo(ChronoUnit.MICROS);
        var token = new TokenEntity(
                name,
                owner,
                Digests.sha256(secret),
                scopes,
                now,
                life.map(now::plus).orElse(null));
        audit.record("token.create", "token " + token.id, Optional.empty(), Optional.of(facts(token)), facts(token));
        return new Issued<>(secret, tokens.save(token));
    }

    /** Makes a secret that is already in an operator's hands an administrator's token. */
    @Transactional
    void admit(String name, String secret) {
        if (tokens.findByDigest(Digests.sha256(secret)).isEmpty()) {
            var token = tokens.save(new TokenEntity(
                    name, name, Digests.sha256(secret), EnumSet.allOf(Scope.class), clock.instant(), null));
            audit.record("token.admit", "token " + token.id, Optional.empty(), Optional.of(facts(token)), facts(token));
        }
    }

    /** Who holds this token, where it is known and has not expired. */
    @Transactional
    Optional<Caller> byToken(String secret) {
        Instant now = clock.instant();
        return tokens.findByDigest(Digests.sha256(secret))
                .filter(token -> !token.expired(now))
                .map(token -> {
                    if (token.lastUsedAt == null || token.lastUsedAt.isBefore(now.minusSeconds(60))) {
                        token.lastUsedAt = now;
                    }
                    return new Caller(token.id, token.name, token.owner(), token.scopes(), false);
                });
    }

    @Transactional(readOnly = true)
    Optional<Caller> bySession(String secret) {
        Instant now = clock.instant();
        return jdbc.sql("select token_id from session where digest = ? and expires_at > now()")
                .param(Digests.sha256(secret))
                .query(UUID.class)
                .optional()
                .flatMap(tokens::findById)
                .filter(token -> !token.expired(now))
                .map(token -> new Caller(token.id, token.name, token.owner(), token.scopes(), true));
    }

    @Transactional
    Issued<Instant> issueCode(UUID token) {
        String secret = secret("");
        Instant end = clock.instant().plus(CODE_LIFE);
        insert("session_code", secret, token, end);
        audit.record("session.code", "token " + token, Optional.empty(), Optional.empty(), "");
        return new Issued<>(secret, end);
    }

    /** Spends a one-time code for a session. */
    @Transactional
    String openSession(String code) {
        UUID token = jdbc.sql("delete from session_code where digest = ? and expires_at > now() returning token_id")
                .param(Digests.sha256(code))
                .query(UUID.class)
                .optional()
                .orElseThrow(() -> new ProblemException(
                        ProblemCode.CODE_INVALID,
                        "expected an unused code of the last " + CODE_LIFE.toMinutes()
                                + " minutes; ask for a new one"));
        String secret = secret("");
        insert("session", secret, token, clock.instant().plus(SESSION_LIFE));
        audit.record("session.open", "token " + token, Optional.empty(), Optional.empty(), "");
        return secret;
    }

    private void insert(String table, String secret, UUID token, Instant end) {
        jdbc.sql("insert into " + table + " (digest, token_id, expires_at) values (?, ?, ?)")
                .params(Digests.sha256(secret), token, java.sql.Timestamp.from(end))
                .update();
    }

    /** Ends a session; one that is over already is none. */
    @Transactional
    void closeSession(String secret) {
        jdbc.sql("delete from session where digest = ? returning token_id")
                .param(Digests.sha256(secret))
                .query(UUID.class)
                .optional()
                .ifPresent(token ->
                        audit.record("session.close", "token " + token, Optional.empty(), Optional.empty(), ""));
    }

    @Transactional(readOnly = true)
    Page<TokenEntity> list(int page, int size) {
        return tokens.findAll(PageRequest.of(page, size, Sort.by("createdAt").descending()));
    }

    @Transactional
    void withdraw(UUID id) {
        TokenEntity token = tokens.findById(id)
                .orElseThrow(() -> new ProblemException(ProblemCode.TOKEN_UNKNOWN, "no token has the id " + id));
        String before = facts(token);
        tokens.delete(token);
        audit.record("token.delete", "token " + id, Optional.of(before), Optional.empty(), before);
    }
}
