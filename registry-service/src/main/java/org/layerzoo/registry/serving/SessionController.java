package org.layerzoo.registry.serving;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.layerzoo.registry.api.DecodeSession;
import org.layerzoo.registry.api.DecodeSessionRequest;
import org.layerzoo.registry.web.ProblemCode;
import org.layerzoo.registry.web.ProblemException;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Streams whose state the process of a deployment keeps: a token in, its outputs back. The bodies are those of an inference, and
 * with server-sent events each token's answer is sent as soon as it is there.
 */
@RestController
class SessionController {
    private static final Duration GRACE = Duration.ofSeconds(2);

    private final Directory directory;
    private final Calls calls;
    private final Links links;
    private final JsonMapper json;

    SessionController(Directory directory, Calls calls, Links links, JsonMapper json) {
        this.directory = directory;
        this.calls = calls;
        this.links = links;
        this.json = json;
    }

    @PostMapping("/v2/models/{name}/sessions")
    ResponseEntity<DecodeSession> open(
            @PathVariable String name,
            @RequestBody(required = false) @jakarta.validation.Valid DecodeSessionRequest wanted)
            throws IOException {
        Endpoint endpoint = directory.ready(name, Optional.empty());
        if (!endpoint.model().orElseThrow().streams()) {
            throw new ProblemException(
                    ProblemCode.INFERENCE_FAILED,
                    "deployment '" + name + "' declares no streaming form to decode with");
        }
        int batch =
                Optional.ofNullable(wanted).map(DecodeSessionRequest::getBatch).orElse(1);
        ChildConnection.Frame frame =
                links.ask(endpoint, ChildConnection.head().put("op", "open").put("batch", batch), time(endpoint));
        ModelAnswer.check(frame);
        var session = new DecodeSession(
                frame.head().path("session").asString(),
                batch,
                endpoint.limits().getIdleSeconds());
        return ResponseEntity.status(HttpStatus.CREATED).body(session);
    }

    private static Duration time(Endpoint endpoint) {
        return Duration.ofMillis(endpoint.limits().getRequestMillis()).plus(GRACE);
    }

    @PostMapping("/v2/models/{name}/sessions/{session}/steps")
    void step(
            @PathVariable String name,
            @PathVariable String session,
            HttpServletRequest http,
            HttpServletResponse answer)
            throws IOException {
        Endpoint endpoint = directory.ready(name, Optional.empty());
        boolean events = Calls.wantsEvents(http);
        calls.call(endpoint, http, request -> {
            ObjectNode head = ModelAnswer.question("step", request.inputs())
                    .put("session", session)
                    .put("stream", events);
            List<Slice> body = request.inputs().stream().map(TensorData::data).toList();
            if (!events) {
                ChildConnection.Frame frame = links.ask(endpoint, head, body, time(endpoint));
                Calls.write(answer, new InferWriter(endpoint, request, ModelAnswer.outputs(frame)));
                return;
            }
            var stream = new Stream(endpoint, request, answer);
            try {
                links.converse(endpoint, head, body, time(endpoint), stream::send);
                stream.end();
            } catch (ProblemException e) {
                stream.fail(e);
            }
        });
    }

    @DeleteMapping("/v2/models/{name}/sessions/{session}")
    ResponseEntity<Void> close(@PathVariable String name, @PathVariable String session) throws IOException {
        Endpoint endpoint = directory.ready(name, Optional.empty());
        ChildConnection.Frame frame =
                links.ask(endpoint, ChildConnection.head().put("op", "close").put("session", session), time(endpoint));
        ModelAnswer.check(frame);
        if (!frame.head().path("closed").asBoolean(false)) {
            throw new ProblemException(ProblemCode.SESSION_UNKNOWN, "no session '" + session + "' is open");
        }
        return ResponseEntity.noContent().build();
    }

    /** The answers as events. Before the first one an error is a status; after it, an event. */
    private final class Stream {
        private final Endpoint endpoint;
        private final InferRequest request;
        private final HttpServletResponse http;
        private boolean begun;

        Stream(Endpoint endpoint, InferRequest request, HttpServletResponse http) {
            this.endpoint = endpoint;
            this.request = request;
            this.http = http;
        }

        void send(ChildConnection.Frame frame) throws IOException {
            var answer = new InferWriter(endpoint, request, ModelAnswer.outputs(frame));
            if (!answer.binary().isEmpty()) {
                throw InferReader.wrong("events are text: ask without binary_data, or without text/event-stream");
            }
            write("data: " + new String(answer.json(), StandardCharsets.UTF_8) + "\n\n");
        }

        /** Tells the caller of an event that has not come: by the status, or as the last event where the stream has begun. */
        void fail(ProblemException problem) throws IOException {
            if (!begun) {
                throw problem;
            }
            write("event: error\ndata: " + json.writeValueAsString(Map.of("error", problem.getMessage())) + "\n\n");
            throw new Calls.ToldException(problem);
        }

        void end() throws IOException {
            write("event: done\ndata: {}\n\n");
        }

        private void write(String text) throws IOException {
            if (!begun) {
                http.setContentType("text/event-stream;charset=UTF-8");
                http.setHeader("Cache-Control", "no-store");
                http.setHeader("X-Accel-Buffering", "no");
                begun = true;
            }
            OutputStream out = http.getOutputStream();
            out.write(text.getBytes(StandardCharsets.UTF_8));
            out.flush();
        }
    }
}
