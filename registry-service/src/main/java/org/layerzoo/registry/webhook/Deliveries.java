package org.layerzoo.registry.webhook;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import org.layerzoo.registry.web.ProblemException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** Sends what is due. A delivery is taken for as long as an attempt may last, so that of several services one sends it. */
@Component
class Deliveries {
    private static final int AT_ONCE = 16;
    private static final int LONGEST_PROBLEM = 500;
    private static final double JITTER = 0.2;

    private final WebhookSettings settings;
    private final Sender sender;
    private final JdbcClient jdbc;

    Deliveries(WebhookSettings settings, Sender sender, JdbcClient jdbc) {
        this.settings = settings;
        this.sender = sender;
        this.jdbc = jdbc;
    }

    private record Due(UUID id, String event, String payload, int attempts, String url, String secret) {
        Sender.Letter letter() {
            return new Sender.Letter(id, event, url, secret, payload);
        }
    }

    /** Sends all that is due, several at a time: one slow receiver does not keep the others waiting. */
    void send() {
        for (List<Due> due = take(); !due.isEmpty(); due = take()) {
            try (var senders = Executors.newVirtualThreadPerTaskExecutor()) {
                due.forEach(one -> senders.execute(() -> send(one)));
            }
        }
    }

    private List<Due> take() {
        return jdbc.sql("""
                with due as (
                    select id from webhook_delivery where state = 'pending' and next_at <= now()
                    order by next_at limit :most for update skip locked)
                update webhook_delivery d set attempts = attempts + 1, next_at = now() + make_interval(secs => :held)
                from due, webhook w where d.id = due.id and w.id = d.webhook_id
                returning d.id, d.event, d.payload, d.attempts, w.url, w.secret""")
                .param("most", AT_ONCE)
                .param("held", 2 * settings.timeout().toMillis() / 1000.0)
                .query(Due.class)
                .list();
    }

    private void send(Due due) {
        long begun = System.nanoTime();
        Optional<Integer> status = Optional.empty();
        String problem = "";
        try {
            status = Optional.of(sender.send(due.letter()));
            if (status.get() / 100 != 2) {
                problem = "expected a status of 2xx, given " + status.get();
            }
        } catch (IOException | ProblemException e) {
            problem = Optional.ofNullable(e.getMessage()).orElse(e.getClass().getSimpleName());
        }
        settle(due, status, problem, (System.nanoTime() - begun) / 1_000_000);
    }

    private void settle(Due due, Optional<Integer> status, String problem, long millis) {
        String state = problem.isEmpty() ? "delivered" : due.attempts() < settings.attempts() ? "pending" : "failed";
        Duration pause = settings.pause(due.attempts());
        double seconds = pause.toMillis()
                / 1000.0
                * (1 + JITTER * ThreadLocalRandom.current().nextDouble());
        jdbc.sql("update webhook_delivery set state = :state, status = :status, problem = :problem, millis = :millis,"
                        + " next_at = case when :state = 'pending' then now() + make_interval(secs => :pause) end,"
                        + " finished_at = case when :state <> 'pending' then now() end where id = :id")
                .param("state", state)
                .param("status", status.orElse(null), java.sql.Types.INTEGER)
                .param(
                        "problem",
                        problem.substring(0, Math.min(problem.length(), LONGEST_PROBLEM))
                                .replace("\0", ""))
                .param("millis", millis)
                .param("pause", seconds)
                .param("id", due.id())
                .update();
    }

    /** Forgets what was sent a month ago. */
    void clean() {
        jdbc.sql("delete from webhook_delivery where finished_at < now() - interval '30 days'")
                .update();
    }
}
