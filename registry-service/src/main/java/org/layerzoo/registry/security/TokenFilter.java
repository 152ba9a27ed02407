package org.layerzoo.registry.security;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.Cookie;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URI;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import org.layerzoo.registry.web.ProblemCode;
import org.layerzoo.registry.web.ProblemException;
import org.springframework.http.HttpHeaders;
import org.springframework.security.authentication.UsernamePasswordAuthenticationToken;
import org.springframework.security.core.authority.SimpleGrantedAuthority;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.web.filter.OncePerRequestFilter;
import org.springframework.web.servlet.HandlerExceptionResolver;

/**
 * Finds out who asks: a bearer token, or the dashboard's cookie.
 *
 * <p>A browser sends the cookie by itself, so with it a request that changes something must come from the dashboard's own origin.
 */
final class TokenFilter extends OncePerRequestFilter {
    static final String COOKIE = "zoo-session";
    private static final Set<String> SAFE = Set.of("GET", "HEAD", "OPTIONS");

    private final Access access;
    private final HandlerExceptionResolver resolver;

    TokenFilter(Access access, HandlerExceptionResolver resolver) {
        this.access = access;
        this.resolver = resolver;
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        try {
            caller(request).ifPresent(TokenFilter::signIn);
        } catch (RuntimeException e) {
            resolver.resolveException(request, response, null, e);
            return;
        }
        chain.doFilter(request, response);
    }

    private Optional<Caller> caller(HttpServletRequest request) {
        String header = request.getHeader(HttpHeaders.AUTHORIZATION);
        if (header != null) {
            if (!header.regionMatches(true, 0, "Bearer ", 0, 7)) {
                throw new ProblemException(
                        ProblemCode.TOKEN_INVALID, "expected 'Authorization: Bearer <token>', given another scheme");
            }
            String secret = header.substring(7).strip();
            return Optional.of(access.byToken(secret)
                    .orElseThrow(() -> new ProblemException(
                            ProblemCode.TOKEN_INVALID,
                            "expected a token of this registry that has not expired or been withdrawn")));
        }
        Optional<Caller> caller = cookie(request).flatMap(access::bySession);
        if (caller.isPresent() && !SAFE.contains(request.getMethod()) && !sameOrigin(request)) {
            throw new ProblemException(
                    ProblemCode.CROSS_SITE,
                    "with the session cookie a change must come from the dashboard itself, or use a bearer token");
        }
        return caller;
    }

    static Optional<String> cookie(HttpServletRequest request) {
        return Optional.ofNullable(request.getCookies()).stream()
                .flatMap(Arrays::stream)
                .filter(cookie -> cookie.getName().equals(COOKIE))
                .map(Cookie::getValue)
                .findFirst();
    }

    private static boolean sameOrigin(HttpServletRequest request) {
        String site = request.getHeader("Sec-Fetch-Site");
        if (site != null) {
            return site.equals("same-origin");
        }
        String origin = request.getHeader(HttpHeaders.ORIGIN);
        try {
            return origin != null
                    && URI.create(origin).getAuthority() != null
                    && URI.create(origin).getAuthority().equals(request.getHeader(HttpHeaders.HOST));
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static void signIn(Caller caller) {
        var authorities = caller.scopes().stream()
                .map(scope -> new SimpleGrantedAuthority(scope.getValue()))
                .toList();
        var context = SecurityContextHolder.createEmptyContext();
        context.setAuthentication(UsernamePasswordAuthenticationToken.authenticated(caller, null, authorities));
        SecurityContextHolder.setContext(context);
    }
}
