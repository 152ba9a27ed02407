package org.layerzoo.registry.job;

import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.layerzoo.registry.api.Job;
import org.layerzoo.registry.api.JobState;
import org.layerzoo.registry.web.ProblemCode;
import org.layerzoo.registry.web.ProblemException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.http.HttpHeaders;
import org.springframework.transaction.TransactionException;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.json.JsonMapper;

/** A job's progress and log as server-sent events, on one virtual thread a listener. */
@RestController
class EventsController {
    private static final Logger LOG = LoggerFactory.getLogger(EventsController.class);
    private static final Duration SILENCE = Duration.ofSeconds(10);
    private static final Set<JobState> OPEN = Set.of(JobState.QUEUED, JobState.RUNNING);

    /** Each listener looks at the database once a second, and whenever a job has changed: not more often than this. */
    private static final Duration BREATH = Duration.ofMillis(100);

    private final JobSettings settings;
    private final AtomicInteger listeners = new AtomicInteger();
    private final Jobs jobs;
    private final JobLog log;
    private final JobSignals signals;
    private final JsonMapper json;

    EventsController(JobSettings settings, Jobs jobs, JobLog log, JobSignals signals, JsonMapper json) {
        this.settings = settings;
        this.jobs = jobs;
        this.log = log;
        this.signals = signals;
        this.json = json;
    }

    @GetMapping("/api/v1/jobs/{id}/events")
    void events(
            @PathVariable UUID id,
            @RequestHeader(name = "Last-Event-ID", defaultValue = "0") String last,
            HttpServletResponse response)
            throws IOException {
        if (listeners.incrementAndGet() > settings.listeners()) {
            listeners.decrementAndGet();
            response.setHeader(HttpHeaders.RETRY_AFTER, "5");
            throw new ProblemException(
                    ProblemCode.OVERLOADED,
                    "expected at most " + settings.listeners()
                            + " open streams of events, given one more; come back in a while, or ask for the job itself");
        }
        try {
            stream(id, last, response);
        } finally {
            listeners.decrementAndGet();
        }
    }

    private void stream(UUID id, String last, HttpServletResponse response) throws IOException {
        jobs.get(id); // an unknown job is a problem document, not a stream
        response.setContentType("text/event-stream;charset=UTF-8");
        response.setHeader("Cache-Control", "no-store");
        response.setHeader("X-Accel-Buffering", "no");
        long line = last.matches("\\d{1,18}") ? Long.parseLong(last) : 0;
        try {
            new Stream(id, line, response.getOutputStream()).run();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (DataAccessException | TransactionException e) {
            // The stream has begun, so it can only end; the listener comes back with the number of the last event.
            LOG.warn("a stream of events ends because the database does not answer: {}", e.getMessage());
        }
    }

    private final class Stream {
        private final UUID id;
        private final OutputStream out;
        private long line;
        private String shown = "";
        private long written = System.nanoTime();

        Stream(UUID id, long line, OutputStream out) {
            this.id = id;
            this.line = line;
            this.out = out;
        }

        void run() throws IOException, InterruptedException {
            while (!signals.closing()) {
                long seen = signals.count();
                Job job = jobs.get(id);
                lines();
                if (!OPEN.contains(job.getState())) {
                    send("done", job);
                    return;
                }
                String state = job.getState() + " " + job.getProgress() + " " + job.getMessage();
                if (!state.equals(shown)) {
                    shown = state;
                    send("progress", job);
                }
                if (System.nanoTime() - written > SILENCE.toNanos()) {
                    write(":\n\n");
                }
                signals.await(seen);
                Thread.sleep(BREATH);
            }
        }

        private void lines() throws IOException {
            for (var found = log.after(id, line); !found.isEmpty(); found = log.after(id, line)) {
                for (JobLog.Line next : found) {
                    line = next.line();
                    var body = new LinkedHashMap<String, Object>();
                    body.put("line", next.text());
                    body.put("at", next.at());
                    send("log", body);
                }
            }
        }

        private void send(String event, Object body) throws IOException {
            write("id: " + line + "\nevent: " + event + "\ndata: " + json.writeValueAsString(body) + "\n\n");
        }

        private void write(String text) throws IOException {
            out.write(text.getBytes(StandardCharsets.UTF_8));
            out.flush();
            written = System.nanoTime();
        }
    }
}
