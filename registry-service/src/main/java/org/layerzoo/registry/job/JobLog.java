package org.layerzoo.registry.job;

import java.time.OffsetDateTime;
import java.util.List;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** The lines that jobs wrote. */
@Component
class JobLog {
    /** Lines kept of one job; what comes after is dropped, with a line that says so. */
    private static final int MOST = 10_000;

    private final JdbcClient jdbc;

    JobLog(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /** A line, numbered from 1. */
    record Line(long line, OffsetDateTime at, String text) {}

    /** Appends; the caller holds the job's lock, so numbers do not meet. */
    void append(UUID job, List<String> lines) {
        long last = jdbc.sql("select coalesce(max(line), 0) from job_log where job_id = ?")
                .param(job)
                .query(Long.class)
                .single();
        for (String text : lines) {
            if (last > MOST) {
                return;
            }
            last++;
            // PostgreSQL's text cannot hold the character zero
            String kept = last > MOST ? "(the log ends here: " + MOST + " lines are kept)" : text.replace("\0", "");
            jdbc.sql("insert into job_log (job_id, line, at, text) values (?, ?, now(), ?)")
                    .params(job, last, kept)
                    .update();
        }
    }

    List<Line> after(UUID job, long line) {
        return jdbc.sql("select line, at, text from job_log where job_id = ? and line > ? order by line limit 1000")
                .params(job, line)
                .query(Line.class)
                .list();
    }
}
