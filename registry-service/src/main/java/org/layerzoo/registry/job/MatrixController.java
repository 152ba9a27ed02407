package org.layerzoo.registry.job;

import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.Size;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.layerzoo.registry.api.Job;
import org.layerzoo.registry.api.JobState;
import org.layerzoo.registry.api.Problem;
import org.layerzoo.registry.api.Scope;
import org.layerzoo.registry.security.Callers;
import org.layerzoo.registry.web.ProblemCode;
import org.layerzoo.registry.web.ProblemException;
import org.springframework.http.CacheControl;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.json.JsonMapper;

/** Mixing matrices: stored ones for all, new ones for those who may run jobs. */
@RestController
@RequestMapping("/api/v1/plugins/{id}/versions/{version}")
class MatrixController {
    private final Requests requests;
    private final Jobs jobs;
    private final MatrixKeeper matrices;
    private final JobSignals signals;
    private final JsonMapper json;

    MatrixController(Requests requests, Jobs jobs, MatrixKeeper matrices, JobSignals signals, JsonMapper json) {
        this.requests = requests;
        this.jobs = jobs;
        this.matrices = matrices;
        this.signals = signals;
        this.json = json;
    }

    @GetMapping("/matrix")
    ResponseEntity<Object> matrix(
            @PathVariable String id,
            @PathVariable String version,
            @RequestParam(defaultValue = "") @Size(max = 100) String provider,
            @RequestParam(defaultValue = "64") @Min(1) @Max(512) int length,
            @RequestParam(defaultValue = "0") @Min(0) long seed,
            @RequestParam(defaultValue = "") @Size(max = 8000) String config,
            @RequestParam(defaultValue = "20") @Min(0) @Max(60) int wait,
            @RequestHeader(name = HttpHeaders.ACCEPT, defaultValue = "*/*") List<MediaType> accept) {
        boolean numbers = accept.stream().anyMatch(MediaType.APPLICATION_JSON::equalsTypeAndSubtype)
                && accept.stream().noneMatch(type -> type.getType().equals("image"));
        var question = MatrixQuestion.parse(json, length, seed, config);
        return answer(id, version, provider, question, wait, numbers ? this::numbers : this::image);
    }

    @GetMapping("/matrix.json")
    ResponseEntity<Object> matrixJson(
            @PathVariable String id,
            @PathVariable String version,
            @RequestParam(defaultValue = "") @Size(max = 100) String provider,
            @RequestParam(defaultValue = "64") @Min(1) @Max(512) int length,
            @RequestParam(defaultValue = "0") @Min(0) long seed,
            @RequestParam(defaultValue = "") @Size(max = 8000) String config,
            @RequestParam(defaultValue = "20") @Min(0) @Max(60) int wait) {
        return answer(id, version, provider, MatrixQuestion.parse(json, length, seed, config), wait, this::numbers);
    }

    private ResponseEntity<Object> answer(
            String id,
            String version,
            String provider,
            MatrixQuestion asked,
            int wait,
            Function<MatrixKeeper.Stored, ResponseEntity<Object>> form) {
        var target = requests.target(provider.isEmpty() ? id : id + "/" + provider, version);
        if (!target.provider().matrix()) {
            throw new ProblemException(
                    ProblemCode.MATRIX_NONE, target.ref().get("id") + " declares that it has no mixing matrix");
        }
        MatrixQuestion question = asked.over(target.provider().defaults());
        String key = MatrixQuestion.key(
                json, target.jar().sha256(), provider, question.length(), question.seed(), question.config());
        var stored = matrices.find(key);
        if (stored.isPresent()) {
            return form.apply(stored.get());
        }
        if (!Callers.may(Scope.RUN)) {
            throw new ProblemException(
                    ProblemCode.MATRIX_NOT_STORED,
                    "this one was not computed yet; with a token of scope run it would be");
        }
        Job job = jobs.createOnce(requests.matrix(target, question));
        return waitFor(job, Duration.ofSeconds(wait), key).map(form).orElseGet(() -> ResponseEntity.accepted()
                .location(URI.create("/api/v1/jobs/" + job.getId()))
                .contentType(MediaType.APPLICATION_JSON)
                .body(jobs.get(job.getId())));
    }

    /** The matrix when the job ends in time; empty when it does not. */
    private Optional<MatrixKeeper.Stored> waitFor(Job job, Duration time, String key) {
        long begun = System.nanoTime();
        while (true) {
            long seen = signals.count();
            Job now = jobs.get(job.getId());
            if (now.getState() == JobState.SUCCEEDED) {
                return matrices.find(key);
            }
            if (now.getState() == JobState.FAILED || now.getState() == JobState.CANCELLED) {
                Optional<Problem> problem = Optional.ofNullable(now.getProblem());
                throw new ProblemException(
                        ProblemCode.JOB_FAILED,
                        problem.map(found -> found.getTitle() + ": " + found.getDetail())
                                .orElse("the job was cancelled"));
            }
            if (signals.closing() || System.nanoTime() - begun >= time.toNanos()) {
                return Optional.empty();
            }
            signals.await(seen);
        }
    }

    private ResponseEntity<Object> numbers(MatrixKeeper.Stored stored) {
        return ResponseEntity.ok()
                .contentType(MediaType.APPLICATION_JSON)
                .cacheControl(CacheControl.noCache())
                .body(json.readTree(stored.document()));
    }

    private ResponseEntity<Object> image(MatrixKeeper.Stored stored) {
        byte[] png = matrices.png(stored)
                .orElseThrow(() -> new ProblemException(
                        ProblemCode.ARTIFACT_GONE, "the stored heat map is not in the artifact store"));
        return ResponseEntity.ok()
                .contentType(MediaType.IMAGE_PNG)
                .cacheControl(CacheControl.noCache())
                .eTag(stored.png())
                .body(png);
    }
}
