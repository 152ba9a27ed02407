package org.layerzoo.registry.job;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.layerzoo.registry.api.FailureProblem;
import org.layerzoo.registry.api.JobState;
import org.layerzoo.registry.api.Lease;
import org.layerzoo.registry.api.LeasedPlugin;
import org.layerzoo.registry.api.Limits;
import org.layerzoo.registry.api.Problem;
import org.layerzoo.registry.api.RunnerInfo;
import org.layerzoo.registry.web.ProblemCode;
import org.layerzoo.registry.web.ProblemException;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/**
 * The jobs, as runner agents see them.
 *
 * <p>Each lease draws a new fencing token; a write with an older one is refused, so an agent that was thought dead and comes back can
 * change nothing.
 */
@Service
class Leases {
    private static final String BENCHMARK = "benchmark";
    private static final String CANCELLED = "cancelled";
    /** The kind of a backend stands for each of its devices: one that is asked for without a number may run on any. */
    private static final String CAPABLE = " and (j.memory_bytes <= :memory or :memory = 0)"
            + " and (j.heap_bytes <= :heap or :heap = 0)"
            + " and (j.backend = '' or exists (select 1 from unnest(string_to_array(:backends, ',')) b"
            + "   where b = j.backend or starts_with(j.backend, b || ':') or starts_with(b, j.backend || ':')))";

    private static final TypeReference<List<Jobs.JobJar>> JARS = new TypeReference<>() {};

    private final JobRepository jobs;
    private final JobLog log;
    private final JobFiles files;
    private final JobView view;
    private final JobSettings settings;
    private final JdbcClient jdbc;
    private final JsonMapper json;
    private final JobTrail trail;
    private final ApplicationEventPublisher events;
    private final InstantSource clock;
    private final Map<String, ResultKeeper> keepers;
    private final Silence silence = new Silence();

    Leases(
            JobRepository jobs,
            JobLog log,
            JobFiles files,
            JobView view,
            JobSettings settings,
            JdbcClient jdbc,
            JsonMapper json,
            JobTrail trail,
            ApplicationEventPublisher events,
            InstantSource clock,
            List<ResultKeeper> keepers) {
        this.jobs = jobs;
        this.log = log;
        this.files = files;
        this.view = view;
        this.settings = settings;
        this.jdbc = jdbc;
        this.json = json;
        this.trail = trail;
        this.events = events;
        this.clock = clock;
        this.keepers = keepers.stream().collect(Collectors.toMap(ResultKeeper::kind, Function.identity()));
    }

    /**
     * Leases the oldest queued job that may start on the runner's machine, where a benchmark shares it with nothing, and that has what
     * the job needs. A mixing matrix is drawn first: it is short, and someone looks at an empty picture.
     */
    @Transactional
    Optional<Lease> lease(RunnerInfo runner, String host, List<String> kinds) {
        jdbc.sql("select pg_advisory_xact_lock(hashtext(?))")
                .param("lease:" + host)
                .query((row, n) -> 0)
                .single();
        String sql = "select j.id from job j where j.state = 'queued'"
                + (kinds.isEmpty() ? "" : " and j.kind in (:kinds)")
                + CAPABLE
                + " and not exists (select 1 from job r where r.state = 'running' and r.host = :host"
                + "   and (r.kind = :benchmark or j.kind = :benchmark or r.runner = :runner))"
                + " order by (j.kind = 'matrix') desc, j.priority desc, j.created_at, j.id limit 1 for update skip locked";
        var query = jdbc.sql(sql)
                .param("host", host)
                .param("benchmark", BENCHMARK)
                .param("runner", runner.getName())
                .param("memory", Optional.ofNullable(runner.getMemoryBytes()).orElse(0L))
                .param("heap", Optional.ofNullable(runner.getHeapBytes()).orElse(0L))
                .param(
                        "backends",
                        String.join(
                                ",", Optional.ofNullable(runner.getBackends()).orElse(List.of())));
        return (kinds.isEmpty() ? query : query.param("kinds", kinds))
                .query(UUID.class)
                .optional()
                .flatMap(jobs::findById)
                .map(job -> start(job, runner, host));
    }

    private Lease start(JobEntity job, RunnerInfo runner, String host) {
        long token = jdbc.sql("select nextval('fencing')").query(Long.class).single();
        job.lease(runner.getName(), host, token, settings.lease(), clock.instant());
        events.publishEvent(new JobChanged());
        var plugins = json.readValue(job.jars, JARS).stream()
                .map(jar -> new LeasedPlugin(
                        jar.id(),
                        jar.version(),
                        jar.sha256(),
                        "/api/v1/plugins/" + jar.id() + "/versions/" + jar.version() + "/artifact"))
                .toList();
        return new Lease(
                job.id,
                job.kind,
                view.object(job.spec),
                limits(job, runner),
                plugins,
                token,
                job.attempt,
                (int) settings.lease().toSeconds(),
                JobView.time(job.leaseUntil));
    }

    /** A job in the background leaves half of the machine to whoever works at it. */
    private Limits limits(JobEntity job, RunnerInfo runner) {
        Limits limits = json.readValue(job.limits, Limits.class);
        int cores = Optional.ofNullable(runner.getCores()).orElse(1);
        return job.background() ? limits.threads(Math.max(1, cores / 2)) : limits;
    }

    /** The job whose lease the token belongs to, locked. */
    private JobEntity held(UUID id, long token) {
        JobEntity job = jobs.lock(id).orElseThrow(() -> Jobs.unknown(id));
        if (job.state() != JobState.RUNNING || job.fencing != token) {
            throw new ProblemException(
                    ProblemCode.LEASE_LOST,
                    "job " + id + " is " + job.state + " and not leased under token " + token
                            + "; stop the child and forget the job");
        }
        return job;
    }

    /** What a heartbeat is answered. */
    record Beat(Instant leaseUntil, boolean cancelRequested) {}

    @Transactional
    Beat heartbeat(UUID id, long token, Optional<Double> progress, Optional<String> message) {
        JobEntity job = held(id, token);
        job.leaseUntil = clock.instant().plus(settings.lease());
        progress.ifPresent(value -> job.progress = value);
        if (!job.cancelRequested) {
            message.ifPresent(value -> job.message = value.replace("\0", ""));
        }
        jdbc.sql("update runner set last_seen_at = now() where name = ?")
                .param(job.runner)
                .update();
        events.publishEvent(new JobChanged());
        return new Beat(job.leaseUntil, job.cancelRequested || makesWay(job));
    }

    /** Whether someone waits for what a job in the background holds. */
    private boolean makesWay(JobEntity job) {
        return job.background()
                && jdbc.sql("select exists (select 1 from job where state = 'queued' and priority > ?)")
                        .param(job.priority)
                        .query(Boolean.class)
                        .single();
    }

    @Transactional
    void append(UUID id, long token, List<String> lines) {
        held(id, token);
        log.append(id, lines);
        events.publishEvent(new JobChanged());
    }

    /** Ends the job with its result and files that are stored already; the same call again changes nothing. */
    @Transactional
    void complete(UUID id, long token, Map<String, Object> result, Map<String, JobFiles.Stored> stored) {
        JobEntity finished = jobs.lock(id).orElseThrow(() -> Jobs.unknown(id));
        if (finished.state() == JobState.SUCCEEDED && finished.fencing == token) {
            return;
        }
        JobEntity job = held(id, token);
        Optional.ofNullable(keepers.get(job.kind)).ifPresent(keeper -> keeper.keep(job, result, stored));
        files.attach(id, stored);
        job.result = json.writeValueAsString(result);
        job.finish(JobState.SUCCEEDED, "done", clock.instant());
        trail.ended(job);
        events.publishEvent(new JobChanged());
    }

    /** Ends the job with a problem, or queues it again where another attempt may help. */
    @Transactional
    void fail(UUID id, long token, FailureProblem failure, boolean retry) {
        JobEntity finished = jobs.lock(id).orElseThrow(() -> Jobs.unknown(id));
        if (finished.finished() && finished.fencing == token) {
            return;
        }
        JobEntity job = held(id, token);
        if (job.cancelRequested) {
            job.finish(JobState.CANCELLED, CANCELLED, clock.instant());
            trail.ended(job);
        } else if (job.background() && failure.getCode().equals(CANCELLED)) {
            // Its runner was told so at a heartbeat. To be interrupted is no fault, so the attempt does not count.
            job.maxAttempts++;
            job.queue("made way for other work and waits until it is done");
        } else if (retry && job.attempt < job.maxAttempts) {
            job.queue("attempt " + job.attempt + " failed, waits for another: " + failure.getTitle());
        } else {
            end(
                    job,
                    failure.getCode(),
                    failure.getTitle(),
                    Optional.ofNullable(failure.getDetail()).orElse(""));
        }
        events.publishEvent(new JobChanged());
    }

    private void end(JobEntity job, String code, String title, String detail) {
        var problem = new Problem(
                        "urn:layerzoo:problem:" + code,
                        title,
                        ProblemCode.JOB_FAILED.status().value(),
                        detail,
                        code)
                .errors(null)
                .instance("/api/v1/jobs/" + job.id);
        job.problem = json.writeValueAsString(problem);
        job.finish(JobState.FAILED, title, clock.instant());
        trail.ended(job);
    }

    /** Takes jobs back from runners that fell silent or let a job run too long. */
    @Transactional
    void reap() {
        List<Silence.Lease> leased = jdbc.sql("select id as job, fencing, lease_until from job where state = 'running'")
                .query(Silence.Lease.class)
                .list();
        silence.keepOnly(leased.stream().map(Silence.Lease::job).collect(Collectors.toSet()));
        for (Silence.Lease lease : leased) {
            Silence.Known known = silence.look(lease);
            if (known.silent().compareTo(settings.lease()) > 0) {
                locked(lease).ifPresent(this::lost);
            } else if (known.running().compareTo(settings.wall()) > 0) {
                locked(lease)
                        .filter(job -> known.running().compareTo(longest(job)) > 0)
                        .ifPresent(this::overran);
            }
        }
    }

    /** The job, where nothing has changed about its lease since it was looked at. */
    private Optional<JobEntity> locked(Silence.Lease lease) {
        return jobs.lock(lease.job())
                .filter(job -> job.state() == JobState.RUNNING
                        && job.fencing == lease.fencing()
                        && job.leaseUntil.equals(lease.leaseUntil().toInstant()));
    }

    /** Its own limit, and the time that its runner has to say that the job went beyond it. */
    private Duration longest(JobEntity job) {
        return settings.lease()
                .plusSeconds(json.readValue(job.limits, Limits.class).getWallSeconds());
    }

    private void overran(JobEntity job) {
        String detail = "expected an end within " + longest(job).toSeconds() + " s, and its runner did not stop it";
        end(job, "job-timeout", "The job ran too long", detail);
        events.publishEvent(new JobChanged());
    }

    private void lost(JobEntity job) {
        if (job.cancelRequested) {
            job.finish(JobState.CANCELLED, "cancelled; its runner fell silent", clock.instant());
            trail.ended(job);
        } else if (job.attempt < job.maxAttempts) {
            job.queue("the runner " + job.runner + " fell silent, waits for another");
        } else {
            end(
                    job,
                    "runner-lost",
                    "The runner fell silent",
                    "the job was started " + job.attempt + " times and its runner vanished each time");
        }
        events.publishEvent(new JobChanged());
    }
}
