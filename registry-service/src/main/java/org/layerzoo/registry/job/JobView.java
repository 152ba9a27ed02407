package org.layerzoo.registry.job;

import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.Optional;
import org.layerzoo.registry.api.Job;
import org.layerzoo.registry.api.Limits;
import org.layerzoo.registry.api.Problem;
import org.springframework.stereotype.Component;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/** A job as the API shows it. */
@Component
class JobView {
    private static final TypeReference<Map<String, Object>> OBJECT = new TypeReference<>() {};
    private final JsonMapper json;

    JobView(JsonMapper json) {
        this.json = json;
    }

    Job of(JobEntity job) {
        return new Job()
                .id(job.id)
                .kind(job.kind)
                .owner(job.owner)
                .state(job.state())
                .progress(job.progress)
                .message(job.message)
                .createdAt(time(job.createdAt))
                .startedAt(Optional.ofNullable(job.startedAt).map(JobView::time).orElse(null))
                .finishedAt(
                        Optional.ofNullable(job.finishedAt).map(JobView::time).orElse(null))
                .result(Optional.ofNullable(job.result).map(this::object).orElse(null))
                .problem(Optional.ofNullable(job.problem)
                        .map(text -> json.readValue(text, Problem.class))
                        .orElse(null))
                .spec(object(job.spec))
                .limits(json.readValue(job.limits, Limits.class))
                .attempt(job.attempt)
                .background(job.background());
    }

    Map<String, Object> object(String text) {
        return json.readValue(text, OBJECT);
    }

    static OffsetDateTime time(Instant instant) {
        return instant.atOffset(ZoneOffset.UTC);
    }
}
