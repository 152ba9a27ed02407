package org.layerzoo.registry.job;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.layerzoo.registry.api.Completion;
import org.layerzoo.registry.api.Failure;
import org.layerzoo.registry.api.Heartbeat;
import org.layerzoo.registry.api.HeartbeatAnswer;
import org.layerzoo.registry.api.Lease;
import org.layerzoo.registry.api.LeaseRequest;
import org.layerzoo.registry.api.LogLines;
import org.layerzoo.registry.api.RunnerApi;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.RestController;

/** What runner agents call. */
@RestController
class RunnerController implements RunnerApi {
    private final Leases leases;
    private final Runners runners;
    private final JobFiles files;
    private final JobSignals signals;

    RunnerController(Leases leases, Runners runners, JobFiles files, JobSignals signals) {
        this.leases = leases;
        this.runners = runners;
        this.files = files;
        this.signals = signals;
    }

    @Override
    public ResponseEntity<Lease> leaseJob(LeaseRequest wanted) {
        runners.seen(wanted.getRunner());
        String host = Runners.host(wanted.getRunner());
        List<String> kinds = Optional.ofNullable(wanted.getKinds()).orElse(List.of());
        var wait =
                Duration.ofSeconds(Optional.ofNullable(wanted.getWaitSeconds()).orElse(0));
        long begun = System.nanoTime();
        while (true) {
            long seen = signals.count();
            Optional<Lease> lease = leases.lease(wanted.getRunner(), host, kinds);
            if (lease.isPresent()) {
                return ResponseEntity.ok(lease.get());
            }
            if (signals.closing() || System.nanoTime() - begun >= wait.toNanos()) {
                return ResponseEntity.noContent().build();
            }
            signals.await(seen);
        }
    }

    @Override
    public ResponseEntity<HeartbeatAnswer> heartbeat(UUID id, Heartbeat beat) {
        var answer = leases.heartbeat(
                id,
                beat.getFencingToken(),
                Optional.ofNullable(beat.getProgress()),
                Optional.ofNullable(beat.getMessage()));
        return ResponseEntity.ok(new HeartbeatAnswer(JobView.time(answer.leaseUntil()), answer.cancelRequested()));
    }

    @Override
    public ResponseEntity<Void> appendLog(UUID id, LogLines lines) {
        leases.append(id, lines.getFencingToken(), lines.getLines());
        return ResponseEntity.noContent().build();
    }

    @Override
    public ResponseEntity<Void> completeJob(UUID id, Completion completion) {
        leases.complete(
                id,
                completion.getFencingToken(),
                completion.getResult(),
                files.store(Optional.ofNullable(completion.getFiles()).orElse(Map.of())));
        return ResponseEntity.noContent().build();
    }

    @Override
    public ResponseEntity<Void> failJob(UUID id, Failure failure) {
        leases.fail(id, failure.getFencingToken(), failure.getProblem(), Boolean.TRUE.equals(failure.getRetry()));
        return ResponseEntity.noContent().build();
    }
}
