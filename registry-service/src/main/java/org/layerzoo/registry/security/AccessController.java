package org.layerzoo.registry.security;

import jakarta.servlet.http.HttpServletRequest;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.layerzoo.registry.api.AccessApi;
import org.layerzoo.registry.api.NewToken;
import org.layerzoo.registry.api.Scope;
import org.layerzoo.registry.api.Session;
import org.layerzoo.registry.api.SessionCode;
import org.layerzoo.registry.api.Token;
import org.layerzoo.registry.api.TokenPage;
import org.layerzoo.registry.api.TokenRequest;
import org.layerzoo.registry.web.ProblemException;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseCookie;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

@RestController
class AccessController implements AccessApi {
    private final Access access;
    private final HttpServletRequest request;

    AccessController(Access access, HttpServletRequest request) {
        this.access = access;
        this.request = request;
    }

    @Override
    public ResponseEntity<NewToken> createToken(TokenRequest wanted) {
        Optional<Duration> life = Optional.ofNullable(wanted.getDays()).map(Duration::ofDays);
        var issued = access.issue(
                wanted.getName(),
                Optional.ofNullable(wanted.getOwner()).orElse(wanted.getName()),
                EnumSet.copyOf(wanted.getScopes()),
                life);
        Token token = token(issued.stored());
        var body =
                new NewToken(token.getId(), token.getName(), token.getScopes(), token.getCreatedAt(), issued.secret());
        body.expiresAt(token.getExpiresAt()).owner(token.getOwner());
        return ResponseEntity.created(URI.create("/api/v1/tokens/" + token.getId()))
                .body(body);
    }

    @Override
    public ResponseEntity<TokenPage> listTokens(Integer page, Integer size) {
        var found = access.list(page, size);
        List<Token> items = found.map(AccessController::token).getContent();
        return ResponseEntity.ok(new TokenPage(items, page, size, found.getTotalElements()));
    }

    private static Token token(TokenEntity entity) {
        var token = new Token(entity.id, entity.name, List.copyOf(entity.scopes()), time(entity.createdAt));
        token.owner(entity.owner());
        Optional.ofNullable(entity.expiresAt).map(AccessController::time).ifPresent(token::expiresAt);
        Optional.ofNullable(entity.lastUsedAt).map(AccessController::time).ifPresent(token::lastUsedAt);
        return token;
    }

    private static OffsetDateTime time(Instant instant) {
        return instant.atOffset(ZoneOffset.UTC);
    }

    @Override
    public ResponseEntity<Void> deleteToken(UUID id) {
        access.withdraw(id);
        return ResponseEntity.noContent().build();
    }

    @Override
    public ResponseEntity<SessionCode> createSessionCode() {
        var issued = access.issueCode(Callers.required().token());
        String url = "/session?code=" + issued.secret();
        return ResponseEntity.status(201).body(new SessionCode(issued.secret(), url, time(issued.stored())));
    }

    @Override
    public ResponseEntity<Session> getSession() {
        return ResponseEntity.ok(Callers.current()
                .map(caller -> new Session(
                                true,
                                caller.name(),
                                caller.scopes().stream().sorted().toList())
                        .owner(caller.owner()))
                .orElseGet(() -> new Session(false, "", List.of(Scope.READ)).owner("")));
    }

    @Override
    public ResponseEntity<Void> deleteSession() {
        TokenFilter.cookie(request).ifPresent(access::closeSession);
        return ResponseEntity.noContent()
                .header(HttpHeaders.SET_COOKIE, cookie("", Duration.ZERO))
                .build();
    }

    /** The link that opens the dashboard. A browser whose code is spent is led to where another way in is shown. */
    @GetMapping("/session")
    ResponseEntity<Void> openSession(
            @RequestParam String code, @RequestHeader(name = HttpHeaders.ACCEPT, defaultValue = "") String accept) {
        String secret;
        try {
            secret = access.openSession(code);
        } catch (ProblemException e) {
            if (!accept.contains(MediaType.TEXT_HTML_VALUE)) {
                throw e;
            }
            return ResponseEntity.status(303)
                    .location(URI.create("/sign-in?spent"))
                    .build();
        }
        return ResponseEntity.status(303)
                .location(URI.create("/"))
                .header(HttpHeaders.SET_COOKIE, cookie(secret, Access.SESSION_LIFE))
                .header(HttpHeaders.CACHE_CONTROL, "no-store")
                .build();
    }

    private String cookie(String value, Duration life) {
        return ResponseCookie.from(TokenFilter.COOKIE, value)
                .path("/")
                .httpOnly(true)
                .sameSite("Strict")
                .secure(request.isSecure())
                .maxAge(life)
                .build()
                .toString();
    }
}
