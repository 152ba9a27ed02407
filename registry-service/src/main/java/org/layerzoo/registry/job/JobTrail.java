package org.layerzoo.registry.job;

import java.util.Optional;
import java.util.UUID;
import org.layerzoo.registry.audit.AuditLog;
import org.springframework.stereotype.Component;

/** Writes down who asked for jobs, who cancelled them and how they ended. */
@Component
class JobTrail {
    private final AuditLog audit;

    JobTrail(AuditLog audit) {
        this.audit = audit;
    }

    private static String subject(JobEntity job) {
        return "job " + job.id;
    }

    private static String what(JobEntity job) {
        return job.plugins.length == 0 ? job.kind : job.kind + " of " + String.join(", ", job.plugins);
    }

    void created(JobEntity job) {
        audit.record("job.create", subject(job), Optional.empty(), Optional.of(job.spec + job.jars), what(job));
    }

    void cancelled(JobEntity job) {
        audit.record("job.cancel", subject(job), Optional.of(job.state), Optional.empty(), what(job));
    }

    /** To be called when the job has its last state. */
    void ended(JobEntity job) {
        Optional<String> outcome = Optional.ofNullable(job.result).or(() -> Optional.ofNullable(job.problem));
        audit.record(
                "job.end",
                subject(job),
                Optional.of("running"),
                Optional.of(job.state + outcome.orElse("")),
                what(job) + ": " + job.state);
    }

    /** A job that the registry asked for and needs no more. */
    void needless(UUID job) {
        audit.record("job.end", "job " + job, Optional.of("queued"), Optional.of("cancelled"), "no longer needed");
    }
}
