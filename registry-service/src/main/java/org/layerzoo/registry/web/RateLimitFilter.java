package org.layerzoo.registry.web;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.layerzoo.registry.Digests;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpHeaders;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;
import org.springframework.web.servlet.HandlerExceptionResolver;

/**
 * Limits how many changes a caller, by its token or else its address, may ask for: a bucket that fills steadily, so that a burst is
 * let through. Reading, runner agents and serving, which has limits of its own, are not counted, nor is this machine unless told so.
 */
@Component
@EnableConfigurationProperties(RateSettings.class)
@Order(Ordered.HIGHEST_PRECEDENCE + 5)
class RateLimitFilter extends OncePerRequestFilter {
    private static final Set<String> SAFE = Set.of("GET", "HEAD", "OPTIONS");
    private static final int MOST_CALLERS = 10_000;

    private final RateSettings settings;
    private final HandlerExceptionResolver resolver;
    private final InstantSource clock;
    private final ConcurrentHashMap<String, Bucket> buckets = new ConcurrentHashMap<>();

    @Autowired
    RateLimitFilter(RateSettings settings, @Qualifier("handlerExceptionResolver") HandlerExceptionResolver resolver) {
        this(settings, resolver, InstantSource.system());
    }

    RateLimitFilter(RateSettings settings, HandlerExceptionResolver resolver, InstantSource clock) {
        this.settings = settings;
        this.resolver = resolver;
        this.clock = clock;
    }

    /** What a caller has left, and when that was so. */
    private record Bucket(double left, long millis) {}

    @Override
    protected boolean shouldNotFilter(HttpServletRequest request) {
        String path = request.getRequestURI();
        return SAFE.contains(request.getMethod())
                || path.startsWith("/api/v1/runner/")
                || path.startsWith("/v2/")
                || !settings.loopback() && isLoopback(request.getRemoteAddr());
    }

    private static boolean isLoopback(String address) {
        try {
            return InetAddress.getByName(address).isLoopbackAddress();
        } catch (UnknownHostException e) {
            return false;
        }
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        long now = clock.millis();
        if (buckets.size() > MOST_CALLERS) {
            buckets.values().removeIf(bucket -> filled(bucket, now) >= settings.burst());
        }
        Bucket after = buckets.compute(caller(request), (caller, bucket) -> {
            double left = bucket == null ? settings.burst() : filled(bucket, now);
            return new Bucket(Math.max(left - 1, -1), now);
        });
        if (after.left() >= 0) {
            chain.doFilter(request, response);
            return;
        }
        long seconds = (long) Math.ceil(-after.left() / settings.changesPerSecond());
        response.setHeader(HttpHeaders.RETRY_AFTER, Long.toString(Math.max(1, seconds)));
        resolver.resolveException(
                request,
                response,
                null,
                new ProblemException(
                        ProblemCode.RATE_LIMITED,
                        "expected at most " + settings.changesPerSecond() + " changes a second and " + settings.burst()
                                + " at once from a caller, given more; repeat the request later"));
    }

    private double filled(Bucket bucket, long now) {
        double since = Math.max(0, now - bucket.millis()) / 1000.0;
        return Math.min(settings.burst(), bucket.left() + since * settings.changesPerSecond());
    }

    /** A token counts wherever it comes from; the text of none is kept. */
    private static String caller(HttpServletRequest request) {
        return Optional.ofNullable(request.getHeader(HttpHeaders.AUTHORIZATION))
                .map(Digests::sha256)
                .orElseGet(request::getRemoteAddr);
    }
}
