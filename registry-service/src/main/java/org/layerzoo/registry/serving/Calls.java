package org.layerzoo.registry.serving;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import org.layerzoo.registry.web.ProblemCode;
import org.layerzoo.registry.web.ProblemException;
import org.springframework.stereotype.Component;
import tools.jackson.databind.JsonNode;

/** Requests about tensors over HTTP: how they are read, waited for, answered and counted. */
@Component
class Calls {
    /** The header that says where the JSON ends and raw tensors begin. */
    static final String HEADER_LENGTH = "Inference-Header-Content-Length";
    /** How often a waiting request is looked at for whether its caller is still there. */
    private static final Duration LOOK = Duration.ofMillis(50);

    private final Bodies bodies;
    private final ServingMetrics metrics;

    Calls(Bodies bodies, ServingMetrics metrics) {
        this.bodies = bodies;
        this.metrics = metrics;
    }

    /** The caller has gone; nobody reads an answer. */
    static final class GoneException extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    /** What went wrong after the answer had begun: the caller has been told within it. */
    static final class ToldException extends RuntimeException {
        private static final long serialVersionUID = 1L;
        private final ProblemCode code;

        ToldException(ProblemException problem) {
            super(problem);
            code = problem.code();
        }
    }

    /** What is done with a request that was read. */
    @FunctionalInterface
    interface Handling {
        void handle(InferRequest request) throws IOException;
    }

    /** Reads a request, has it handled, and counts how it ended. */
    void call(Endpoint endpoint, HttpServletRequest http, Handling handling) throws IOException {
        long begun = System.nanoTime();
        String outcome = "failed";
        try (Bodies.Body body = bodies.read(http)) {
            InferRequest request = InferReader.read(body.bytes(), headerLength(http, body.bytes().length));
            endpoint.model().orElseThrow().check(request);
            handling.handle(request);
            outcome = "ok";
        } catch (ProblemException e) {
            outcome = outcome(e.code());
            throw e;
        } catch (ToldException e) {
            outcome = outcome(e.code);
        } catch (GoneException e) {
            outcome = "cancelled";
        } finally {
            metrics.of(endpoint.name()).request(outcome, System.nanoTime() - begun);
        }
    }

    private static String outcome(ProblemCode code) {
        return switch (code) {
            case OVERLOADED -> "rejected";
            case DEADLINE_EXCEEDED -> "deadline";
            case DEPLOYMENT_NOT_READY -> "unavailable";
            case INFERENCE_FAILED -> "failed";
            default -> "bad-input";
        };
    }

    private static int headerLength(HttpServletRequest http, int body) {
        String header = http.getHeader(HEADER_LENGTH);
        if (header == null) {
            return body;
        }
        if (!header.matches("\\d{1,9}") || Integer.parseInt(header) > body) {
            throw InferReader.wrong(
                    HEADER_LENGTH + ": expected a number up to the body's " + body + " bytes, given '" + header + "'");
        }
        return Integer.parseInt(header);
    }

    /** How long the caller wants to wait, in microseconds of the parameter {@code timeout}; the deployment's own time at most. */
    static Duration patience(Endpoint endpoint, InferRequest request) {
        // what waits before it, and itself
        Duration most = Duration.ofMillis(endpoint.limits().getRequestMillis()).multipliedBy(2);
        JsonNode timeout = request.parameters().path("timeout");
        if (timeout.isMissingNode() || timeout.isIntegralNumber() && timeout.asLong(0) == 0) {
            return most;
        }
        if (!timeout.isIntegralNumber() || !timeout.canConvertToLong() || timeout.asLong() < 0) {
            throw InferReader.wrong("parameter timeout: expected microseconds, given " + timeout);
        }
        long micros = Math.min(timeout.asLong(), TimeUnit.DAYS.toMicros(1));
        Duration asked = Duration.ofNanos(TimeUnit.MICROSECONDS.toNanos(micros));
        return asked.compareTo(most) < 0 ? asked : most;
    }

    /** Waits for the answer of a request in a lane; one whose caller leaves is taken out. */
    static List<TensorData> await(Lane lane, Pending pending, Duration patience, BooleanSupplier gone) {
        try {
            while (true) {
                long left = pending.deadline() - System.nanoTime();
                if (left <= 0) {
                    throw new ProblemException(
                            ProblemCode.DEADLINE_EXCEEDED,
                            "there was no answer within " + patience.toNanos() / 1e6 + " ms");
                }
                try {
                    return pending.answer().get(Math.min(left, LOOK.toNanos()), TimeUnit.NANOSECONDS);
                } catch (TimeoutException e) {
                    if (gone.getAsBoolean()) {
                        throw new GoneException();
                    }
                }
            }
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException known ? known : new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        } finally {
            lane.forget(pending);
        }
    }

    static void write(HttpServletResponse http, InferWriter answer) throws IOException {
        List<TensorData> binary = answer.binary();
        http.setHeader("Cache-Control", "no-store");
        if (binary.isEmpty()) {
            http.setContentType("application/json");
            OutputStream out = http.getOutputStream();
            answer.json(out);
            return;
        }
        byte[] json = answer.json();
        http.setContentType("application/octet-stream");
        http.setHeader(HEADER_LENGTH, Integer.toString(json.length));
        http.setContentLengthLong(
                json.length + binary.stream().mapToLong(o -> o.data().length()).sum());
        OutputStream out = http.getOutputStream();
        out.write(json);
        for (TensorData o : binary) {
            out.write(o.data().array(), o.data().from(), o.data().length());
        }
    }

    static boolean wantsEvents(HttpServletRequest http) {
        return Optional.ofNullable(http.getHeader("Accept"))
                .orElse("")
                .toLowerCase(Locale.ROOT)
                .contains("text/event-stream");
    }
}
