package org.layerzoo.registry.security;

import java.util.Set;
import java.util.UUID;
import org.layerzoo.registry.api.Scope;

/**
 * Who asks.
 *
 * @param token the token's id
 * @param name the token's name
 * @param owner who holds the token; keys and plugins belong to owners
 * @param scopes what it may do
 * @param cookie whether it came by the dashboard's session cookie
 */
public record Caller(UUID token, String name, String owner, Set<Scope> scopes, boolean cookie) {
    public Caller {
        scopes = Set.copyOf(scopes);
    }
}
