package org.layerzoo.registry.job;

import com.github.kagkarlsson.scheduler.Clock;
import java.time.Instant;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * The time by which recurring work is due: the database's at the start, then as much more as this machine's steady clock says. Services
 * on machines whose clocks differ agree, and setting a clock neither stops the work nor hurries it.
 */
@Component("dbSchedulerClock")
class SteadyClock implements Clock {
    private final Instant base;
    private final long begun = System.nanoTime();

    SteadyClock(JdbcClient jdbc) {
        base = jdbc.sql("select now()").query(java.sql.Timestamp.class).single().toInstant();
    }

    @Override
    public Instant now() {
        return base.plusNanos(System.nanoTime() - begun);
    }
}
