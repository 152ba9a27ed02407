package org.layerzoo.registry.job;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import org.layerzoo.registry.api.Runner;
import org.layerzoo.registry.api.RunnerInfo;
import org.layerzoo.registry.api.RunnerPage;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** The runner agents that have asked for work. */
@Component
class Runners {
    private static final String RECENT = " from runner r where last_seen_at > now() - interval '1 hour'";
    private final JdbcClient jdbc;

    Runners(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /** Where a runner runs; a runner that does not say is a machine of its own. */
    static String host(RunnerInfo info) {
        return Optional.ofNullable(info.getHost())
                .filter(host -> !host.isBlank())
                .orElse("runner:" + info.getName());
    }

    void seen(RunnerInfo info) {
        List<String> backends = Optional.ofNullable(info.getBackends()).orElse(List.of());
        jdbc.sql("insert into runner (name, host, cores, backends, memory_bytes, heap_bytes, last_seen_at)"
                        + " values (?, ?, ?, ?, ?, ?, now())"
                        + " on conflict (name) do update set host = excluded.host, cores = excluded.cores,"
                        + " backends = excluded.backends, memory_bytes = excluded.memory_bytes,"
                        + " heap_bytes = excluded.heap_bytes, last_seen_at = excluded.last_seen_at")
                .params(
                        info.getName(),
                        host(info),
                        Optional.ofNullable(info.getCores()).orElse(0),
                        backends.toArray(String[]::new),
                        Optional.ofNullable(info.getMemoryBytes()).orElse(0L),
                        Optional.ofNullable(info.getHeapBytes()).orElse(0L))
                .update();
    }

    RunnerPage page(int page, int size) {
        List<Runner> items = jdbc.sql("select name, host, cores, backends, memory_bytes, heap_bytes, last_seen_at,"
                        + " exists (select 1 from job j where j.state = 'running' and j.runner = r.name) as busy"
                        + RECENT
                        + " order by name limit ? offset ?")
                .params(size, (long) page * size)
                .query((row, n) -> runner(row))
                .list();
        long total = jdbc.sql("select count(*)" + RECENT).query(Long.class).single();
        return new RunnerPage(items, page, size, total);
    }

    private static Runner runner(ResultSet row) throws SQLException {
        Runner runner = new Runner(
                row.getString("name"),
                row.getString("host"),
                row.getInt("cores"),
                List.of((String[]) row.getArray("backends").getArray()),
                row.getObject("last_seen_at", OffsetDateTime.class),
                row.getBoolean("busy"));
        return runner.memoryBytes(row.getLong("memory_bytes")).heapBytes(row.getLong("heap_bytes"));
    }
}
