package org.layerzoo.registry.job;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** How much there is to do and who does it, as gauges. They are of the database, so each service on it says the same. */
@Component
class JobMetrics {
    private static final Duration FRESH = Duration.ofSeconds(5);
    private static final String QUESTION =
            "select state as name, count(*) as count from job where state in ('queued', 'running') group by 1 union"
                    + " all select 'runners', count(*) from runner where last_seen_at > now() - interval '1 minute' union"
                    + " all select 'publications', count(*) from publication where state = 'verifying'";

    private final JdbcClient jdbc;
    private Map<String, Long> known = Map.of();
    private long asked = System.nanoTime() - FRESH.toNanos();

    JobMetrics(MeterRegistry registry, JdbcClient jdbc) {
        this.jdbc = jdbc;
        gauge(registry, "zoo.jobs.queued", "queued", "jobs that wait for a runner");
        gauge(registry, "zoo.jobs.running", "running", "jobs that run");
        gauge(registry, "zoo.runners", "runners", "runners heard of in the last minute");
        gauge(registry, "zoo.publications.verifying", "publications", "uploads that wait for their verdict");
    }

    private void gauge(MeterRegistry registry, String name, String key, String description) {
        Gauge.builder(name, () -> count(key)).description(description).register(registry);
    }

    private record Count(String name, long count) {}

    /** While the database is away the last figures are not true any more, so there is none. */
    private synchronized double count(String name) {
        if (System.nanoTime() - asked >= FRESH.toNanos()) {
            asked = System.nanoTime();
            known = Map.of();
            var counts = new TreeMap<String, Long>();
            jdbc.sql(QUESTION).query(Count.class).list().forEach(count -> counts.put(count.name(), count.count()));
            for (String key : new String[] {"queued", "running", "runners", "publications"}) {
                counts.putIfAbsent(key, 0L);
            }
            known = counts;
        }
        return known.containsKey(name) ? known.get(name) : Double.NaN;
    }
}
