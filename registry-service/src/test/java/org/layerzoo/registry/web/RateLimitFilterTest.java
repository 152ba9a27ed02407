package org.layerzoo.registry.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.springframework.mock.web.MockFilterChain;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.mock.web.MockHttpServletResponse;

class RateLimitFilterTest {
    private Instant now = Instant.parse("2026-01-01T00:00:00Z");
    private final List<Exception> refused = new ArrayList<>();
    private final RateLimitFilter filter = filter(false);

    private RateLimitFilter filter(boolean loopback) {
        return new RateLimitFilter(
                new RateSettings(2, 5, loopback),
                (request, response, handler, e) -> {
                    refused.add(e);
                    return null;
                },
                () -> now);
    }

    private MockHttpServletResponse send(RateLimitFilter by, String method, String path, String address, String token)
            throws Exception {
        var request = new MockHttpServletRequest(method, path);
        request.setRemoteAddr(address);
        if (!token.isEmpty()) {
            request.addHeader("Authorization", "Bearer " + token);
        }
        var response = new MockHttpServletResponse();
        by.doFilter(request, response, new MockFilterChain());
        return response;
    }

    private MockHttpServletResponse post(String address, String token) throws Exception {
        return send(filter, "POST", "/api/v1/plugins", address, token);
    }

    @Test
    void aBurstIsLetThroughThenOneIsToldWhenToComeBack() throws Exception {
        for (int i = 0; i < 5; i++) {
            assertThat(post("192.0.2.1", "").getHeader("Retry-After")).isNull();
        }
        assertThat(post("192.0.2.1", "").getHeader("Retry-After")).isEqualTo("1");
        assertThat(refused).hasSize(1);
        assertThat(((ProblemException) refused.getFirst()).code()).isEqualTo(ProblemCode.RATE_LIMITED);
        now = now.plusSeconds(2);
        assertThat(post("192.0.2.1", "").getHeader("Retry-After")).isNull();
    }

    @Test
    void aTokenIsCountedWhereverItComesFromAndOthersAreNotHeldUp() throws Exception {
        for (int i = 0; i < 6; i++) {
            post("192.0.2." + i, "one");
        }
        assertThat(refused).hasSize(1);
        post("192.0.2.1", "two");
        post("192.0.2.1", "");
        assertThat(refused).hasSize(1);
    }

    @Test
    void readingRunnersServingAndThisMachineAreNotCounted() throws Exception {
        for (int i = 0; i < 20; i++) {
            send(filter, "GET", "/api/v1/plugins", "192.0.2.9", "");
            send(filter, "POST", "/api/v1/runner/lease", "192.0.2.9", "");
            send(filter, "POST", "/v2/models/m/infer", "192.0.2.9", "");
            send(filter, "POST", "/api/v1/plugins", "127.0.0.1", "");
            send(filter, "POST", "/api/v1/plugins", "::1", "");
        }
        assertThat(refused).isEmpty();
        RateLimitFilter strict = filter(true);
        for (int i = 0; i < 6; i++) {
            send(strict, "POST", "/api/v1/plugins", "127.0.0.1", "");
        }
        assertThat(refused).hasSize(1);
    }
}
