package org.layerzoo.registry.security;

import java.util.Optional;
import org.layerzoo.registry.api.Scope;
import org.layerzoo.registry.web.ProblemCode;
import org.layerzoo.registry.web.ProblemException;
import org.springframework.security.core.context.SecurityContextHolder;

/** The caller of the present request. */
public final class Callers {
    private Callers() {}

    /** Empty for an anonymous caller. */
    public static Optional<Caller> current() {
        var authentication = SecurityContextHolder.getContext().getAuthentication();
        return authentication != null && authentication.getPrincipal() instanceof Caller caller
                ? Optional.of(caller)
                : Optional.empty();
    }

    public static boolean may(Scope scope) {
        return current().map(caller -> caller.scopes().contains(scope)).orElse(false);
    }

    public static Caller required() {
        return current()
                .orElseThrow(() -> new ProblemException(
                        ProblemCode.TOKEN_MISSING, "expected 'Authorization: Bearer <token>', given none"));
    }
}
