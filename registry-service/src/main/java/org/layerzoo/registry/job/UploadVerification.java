package org.layerzoo.registry.job;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;
import org.layerzoo.registry.api.JobState;
import org.layerzoo.registry.api.Problem;
import org.layerzoo.registry.catalog.CataloguedPlugin;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Transactional;
import tools.jackson.databind.json.JsonMapper;

/** The verification that a published jar has to pass: a job like any other, at level 1. */
@Component
public class UploadVerification {
    private static final Pattern RUNNERS_FAULT =
            Pattern.compile("child-start|plugin-unavailable|runner-(lost|stopped|broken)|lease-invalid|job-kind-unknown"
                    + "|job-unreadable|no-backend");

    private final Jobs jobs;
    private final JobRepository repository;
    private final JsonMapper json;

    UploadVerification(Jobs jobs, JobRepository repository, JsonMapper json) {
        this.jobs = jobs;
        this.repository = repository;
        this.json = json;
    }

    /**
     * How far the job is.
     *
     * @param problem why it failed, where it did
     * @param again whether it ended for a reason that says nothing about the plugin
     */
    public record Progress(JobState state, Optional<String> problem, boolean again) {
        public boolean ended() {
            return state != JobState.QUEUED && state != JobState.RUNNING;
        }
    }

    /** Asks for the verification, which is the publisher's, and answers the job's id. */
    @Transactional
    public UUID ask(CataloguedPlugin jar, String publisher) {
        var ref = new LinkedHashMap<String, Object>();
        ref.put("id", jar.id());
        ref.put("version", jar.version());
        var spec = new LinkedHashMap<String, Object>();
        spec.put("plugins", List.of(Map.copyOf(ref)));
        spec.put("level", 1);
        return jobs.createFor(publisher, new Jobs.Request("verification", spec, List.of(jar), Needs.NONE))
                .getId();
    }

    /** Empty when there is no such job. */
    @Transactional(readOnly = true)
    public Optional<Progress> progress(UUID job) {
        return repository.findById(job).map(this::progress);
    }

    private Progress progress(JobEntity job) {
        Optional<Problem> problem = Optional.ofNullable(job.problem).map(text -> json.readValue(text, Problem.class));
        boolean again = job.state() == JobState.CANCELLED
                || problem.map(known -> RUNNERS_FAULT.matcher(known.getCode()).matches())
                        .orElse(false);
        return new Progress(job.state(), problem.map(known -> known.getTitle() + ": " + known.getDetail()), again);
    }
}
