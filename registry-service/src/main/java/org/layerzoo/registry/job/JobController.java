package org.layerzoo.registry.job;

import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.layerzoo.registry.api.ComparisonRequest;
import org.layerzoo.registry.api.Job;
import org.layerzoo.registry.api.JobPage;
import org.layerzoo.registry.api.JobsApi;
import org.layerzoo.registry.api.ProbeRequest;
import org.layerzoo.registry.api.RunnerPage;
import org.layerzoo.registry.api.TrainingRequest;
import org.layerzoo.registry.api.VerificationRequest;
import org.layerzoo.registry.web.ProblemCode;
import org.layerzoo.registry.web.ProblemException;
import org.springframework.http.CacheControl;
import org.springframework.http.MediaType;
import org.springframework.http.MediaTypeFactory;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;

@RestController
class JobController implements JobsApi {
    private final Requests requests;
    private final Jobs jobs;
    private final JobFiles files;
    private final Runners runners;

    JobController(Requests requests, Jobs jobs, JobFiles files, Runners runners) {
        this.requests = requests;
        this.jobs = jobs;
        this.files = files;
        this.runners = runners;
    }

    private ResponseEntity<Job> accepted(Jobs.Request request) {
        Job job = jobs.create(request);
        return ResponseEntity.accepted()
                .location(URI.create("/api/v1/jobs/" + job.getId()))
                .body(job);
    }

    @Override
    public ResponseEntity<Job> createVerification(VerificationRequest wanted) {
        return accepted(requests.verification(wanted));
    }

    @Override
    public ResponseEntity<Job> createTraining(TrainingRequest wanted) {
        return accepted(requests.training(wanted));
    }

    @Override
    public ResponseEntity<Job> createProbe(ProbeRequest wanted) {
        return accepted(requests.probe(wanted));
    }

    @Override
    public ResponseEntity<Job> createComparison(ComparisonRequest wanted) {
        return accepted(requests.comparison(wanted));
    }

    @Override
    public ResponseEntity<Job> getJob(UUID id) {
        return ResponseEntity.ok(jobs.get(id));
    }

    @Override
    public ResponseEntity<Job> cancelJob(UUID id) {
        return ResponseEntity.ok(jobs.cancel(id));
    }

    @Override
    public ResponseEntity<JobPage> listJobs(
            String kind, String plugin, String state, Integer page, Integer size, String sort) {
        return ResponseEntity.ok(jobs.list(
                Optional.ofNullable(kind), Optional.ofNullable(plugin), Optional.ofNullable(state), page, size, sort));
    }

    @Override
    public ResponseEntity<RunnerPage> listRunners(Integer page, Integer size) {
        return ResponseEntity.ok(runners.page(page, size));
    }

    @GetMapping("/api/v1/jobs/{id}/files/{name}")
    ResponseEntity<byte[]> file(@PathVariable UUID id, @PathVariable String name) {
        byte[] content = files.read(id, name)
                .orElseThrow(() -> new ProblemException(
                        ProblemCode.FILE_UNKNOWN,
                        "expected a file that job " + id + " produced, given '" + name + "'"));
        // Only images are shown by a browser; whatever else a plugin wrote is saved, not run, in the registry's origin.
        MediaType type = MediaTypeFactory.getMediaType(name)
                .filter(found ->
                        List.of(MediaType.IMAGE_PNG, MediaType.APPLICATION_JSON).contains(found))
                .orElse(MediaType.APPLICATION_OCTET_STREAM);
        return ResponseEntity.ok()
                .contentType(type)
                .cacheControl(CacheControl.noCache())
                .body(content);
    }
}
