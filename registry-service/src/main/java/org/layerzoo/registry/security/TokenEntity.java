package org.layerzoo.registry.security;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import java.util.UUID;
import org.layerzoo.registry.api.Scope;

/** A token; its text is known to its holder only. */
@Entity
@Table(name = "token")
class TokenEntity {
    @Id
    UUID id;

    String name;

    String owner;

    String digest;

    @Column(columnDefinition = "varchar[]")
    String[] scopes;

    Instant createdAt;

    Instant expiresAt;

    Instant lastUsedAt;

    protected TokenEntity() {}

    TokenEntity(String name, String owner, String digest, Set<Scope> scopes, Instant createdAt, Instant expiresAt) {
        this.id = UUID.randomUUID();
        this.name = name;
        this.owner = owner;
        this.digest = digest;
        this.scopes = scopes.stream().map(Scope::getValue).toArray(String[]::new);
        this.createdAt = createdAt;
        this.expiresAt = expiresAt;
    }

    Set<Scope> scopes() {
        var set = EnumSet.noneOf(Scope.class);
        Arrays.stream(scopes).map(Scope::fromValue).forEach(set::add);
        return set;
    }

    /** Tokens of an older service belong to their name. */
    String owner() {
        return owner.isEmpty() ? name : owner;
    }

    boolean expired(Instant now) {
        return expiresAt != null && !expiresAt.isAfter(now);
    }
}
