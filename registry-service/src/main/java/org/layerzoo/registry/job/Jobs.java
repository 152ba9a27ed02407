package org.layerzoo.registry.job;

import jakarta.persistence.criteria.CriteriaBuilder;
import java.time.InstantSource;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.hibernate.query.criteria.HibernateCriteriaBuilder;
import org.layerzoo.registry.api.Job;
import org.layerzoo.registry.api.JobPage;
import org.layerzoo.registry.api.JobState;
import org.layerzoo.registry.catalog.CataloguedPlugin;
import org.layerzoo.registry.security.Ownership;
import org.layerzoo.registry.web.ProblemCode;
import org.layerzoo.registry.web.ProblemException;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.data.domain.PageRequest;
import org.springframework.data.domain.Sort;
import org.springframework.data.jpa.domain.Specification;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;
import tools.jackson.databind.json.JsonMapper;

/** The jobs, as those who ask for them see them. */
@Service
class Jobs {
    private final JobRepository repository;
    private final JobView view;
    private final JobSettings settings;
    private final JsonMapper json;
    private final JobTrail trail;
    private final ApplicationEventPublisher events;
    private final InstantSource clock;

    Jobs(
            JobRepository repository,
            JobView view,
            JobSettings settings,
            JsonMapper json,
            JobTrail trail,
            ApplicationEventPublisher events,
            InstantSource clock) {
        this.repository = repository;
        this.view = view;
        this.settings = settings;
        this.json = json;
        this.trail = trail;
        this.events = events;
        this.clock = clock;
    }

    /** A jar that a job runs, by its digest, so that a rebuilt jar cannot slip in. */
    record JobJar(String id, String version, String sha256) {}

    /** What is asked for: the kind, the spec with every default filled in, and the jars. */
    record Request(String kind, Map<String, Object> spec, List<CataloguedPlugin> jars, Needs needs) {}

    private static final int ASKED = 0;
    private static final int BACKGROUND = -1;

    @Transactional
    Job create(Request request) {
        return createFor(Ownership.ofCaller(), request);
    }

    /** A job that somebody needs who does not ask for it just now. */
    @Transactional
    Job createFor(String owner, Request request) {
        return view.of(save(request, owner, ASKED));
    }

    /** A job that nobody asked for: it waits until there is nothing else to do. */
    @Transactional
    Job createInBackground(Request request) {
        return view.of(save(request, Ownership.NOBODY, BACKGROUND));
    }

    /** An open job that does just this, or a new one. */
    @Transactional
    Job createOnce(Request request) {
        var open = List.of(JobState.QUEUED.getValue(), JobState.RUNNING.getValue());
        return view.of(repository
                .findFirstByKindAndSpecAndStateIn(request.kind(), json.writeValueAsString(request.spec()), open)
                .orElseGet(() -> save(request, Ownership.ofCaller(), ASKED)));
    }

    private JobEntity save(Request request, String owner, int priority) {
        var ids = new LinkedHashSet<String>();
        request.jars().forEach(jar -> ids.add(jar.id()));
        var jars = request.jars().stream()
                .map(jar -> new JobJar(jar.id(), jar.version(), jar.sha256()))
                .distinct()
                .toList();
        var job = new JobEntity(
                request.kind(),
                owner,
                json.writeValueAsString(request.spec()),
                request.needs(),
                priority,
                settings.maxAttempts(),
                clock.instant());
        job.limits = json.writeValueAsString(
                request.needs().limits((int) settings.wall().toSeconds()));
        job.plugins = ids.toArray(String[]::new);
        job.jars = json.writeValueAsString(jars);
        events.publishEvent(new JobChanged());
        JobEntity saved = repository.save(job);
        trail.created(saved);
        return saved;
    }

    @Transactional(readOnly = true)
    Job get(UUID id) {
        return view.of(repository.findById(id).orElseThrow(() -> unknown(id)));
    }

    static ProblemException unknown(UUID id) {
        return new ProblemException(ProblemCode.JOB_UNKNOWN, "expected the id of a job, given " + id);
    }

    @Transactional(readOnly = true)
    JobPage list(
            Optional<String> kind, Optional<String> plugin, Optional<String> state, int page, int size, String sort) {
        Specification<JobEntity> wanted = (root, query, cb) -> cb.conjunction();
        if (kind.isPresent()) {
            wanted = wanted.and((root, query, cb) -> cb.equal(root.get("kind"), kind.get()));
        }
        if (state.isPresent()) {
            wanted = wanted.and((root, query, cb) -> cb.equal(root.get("state"), state.get()));
        }
        if (plugin.isPresent()) {
            wanted = wanted.and(
                    (root, query, cb) -> arrays(cb).arrayContains(root.<String[]>get("plugins"), plugin.get()));
        }
        String[] words = sort.split(",");
        Sort order = Sort.by(words[0]);
        order = words.length > 1 && words[1].equals("desc") ? order.descending() : order;
        var found = repository.findAll(wanted, PageRequest.of(page, size, order.and(Sort.by("id"))));
        return new JobPage(found.map(view::of).getContent(), page, size, found.getTotalElements());
    }

    private static HibernateCriteriaBuilder arrays(CriteriaBuilder builder) {
        return (HibernateCriteriaBuilder) builder;
    }

    /** A queued job ends at once; a running one when its runner has stopped it; one that has ended is left as it is. */
    @Transactional
    Job cancel(UUID id) {
        JobEntity job = repository.lock(id).orElseThrow(() -> unknown(id));
        Ownership.require("job " + id, job.owner);
        if (job.state() == JobState.QUEUED) {
            job.finish(JobState.CANCELLED, "cancelled", clock.instant());
            trail.cancelled(job);
            trail.ended(job);
        } else if (job.state() == JobState.RUNNING && !job.cancelRequested) {
            trail.cancelled(job);
            job.cancelRequested = true;
            job.message = "being cancelled";
        }
        events.publishEvent(new JobChanged());
        return view.of(job);
    }
}
