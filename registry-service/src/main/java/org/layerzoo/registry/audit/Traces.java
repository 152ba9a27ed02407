package org.layerzoo.registry.audit;

import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.MDC;
import org.springframework.web.context.request.RequestContextHolder;
import org.springframework.web.context.request.ServletRequestAttributes;

/** The trace id of the present request: its caller's (W3C trace context), or one of our own. */
final class Traces {
    private static final String ATTRIBUTE = Traces.class.getName();
    private static final Pattern PARENT =
            Pattern.compile("(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}");

    private Traces() {}

    static String current() {
        Optional<String> logged = Optional.ofNullable(MDC.get("traceId"));
        return logged.orElseGet(
                () -> RequestContextHolder.getRequestAttributes() instanceof ServletRequestAttributes web
                        ? ofRequest(web)
                        : fresh());
    }

    private static String ofRequest(ServletRequestAttributes web) {
        var request = web.getRequest();
        if (request.getAttribute(ATTRIBUTE) instanceof String known) {
            return known;
        }
        Matcher parent = PARENT.matcher(
                Optional.ofNullable(request.getHeader("traceparent")).orElse(""));
        String trace = parent.matches() ? parent.group(1) : fresh();
        request.setAttribute(ATTRIBUTE, trace);
        return trace;
    }

    private static String fresh() {
        byte[] bytes = new byte[16];
        ThreadLocalRandom.current().nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }
}
