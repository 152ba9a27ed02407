package org.layerzoo.registry.job;

import java.net.URI;
import java.util.Optional;
import java.util.UUID;
import org.layerzoo.registry.api.BenchmarkRequest;
import org.layerzoo.registry.api.BenchmarksApi;
import org.layerzoo.registry.api.Job;
import org.layerzoo.registry.api.JobPage;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.RestController;

@RestController
class BenchmarkController implements BenchmarksApi {
    private static final String KIND = "benchmark";

    private final Requests requests;
    private final Jobs jobs;

    BenchmarkController(Requests requests, Jobs jobs) {
        this.requests = requests;
        this.jobs = jobs;
    }

    @Override
    public ResponseEntity<Job> createBenchmark(BenchmarkRequest wanted) {
        Job job = jobs.create(requests.benchmark(wanted));
        return ResponseEntity.accepted()
                .location(URI.create("/api/v1/benchmarks/" + job.getId()))
                .body(job);
    }

    @Override
    public ResponseEntity<Job> getBenchmark(UUID id) {
        Job job = jobs.get(id);
        if (!job.getKind().equals(KIND)) {
            throw Jobs.unknown(id);
        }
        return ResponseEntity.ok(job);
    }

    @Override
    public ResponseEntity<JobPage> listBenchmarks(
            String plugin, String state, Integer page, Integer size, String sort) {
        return ResponseEntity.ok(jobs.list(
                Optional.of(KIND), Optional.ofNullable(plugin), Optional.ofNullable(state), page, size, sort));
    }
}
