package org.layerzoo.registry.job;

import java.time.OffsetDateTime;
import java.util.List;
import java.util.UUID;
import org.layerzoo.registry.Options;
import org.layerzoo.registry.api.PluginRef;
import org.layerzoo.registry.api.VerificationRequest;
import org.layerzoo.registry.web.ProblemException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Transactional;

/**
 * Asks for a verification of each jar that nobody has ever verified, so that the catalogue shows levels of proof without anyone asking
 * for them. A job a jar: what one of them does, the others don't suffer from, and little is lost when it makes way.
 */
@Component
class BackgroundVerification {
    private static final Logger LOG = LoggerFactory.getLogger(BackgroundVerification.class);

    /**
     * Jars without a verification job, whoever asked for it and however it ended: what was cancelled or failed is not pressed. Only what
     * failed for the runner's sake before this service started is tried again: it says nothing about the jar.
     */
    private static final String UNPROVEN = """
            select p.plugin_id, p.version from plugin_jar p where p.present and p.latest
            and not exists (select 1 from verification v where v.sha256 = p.sha256)
            and not exists (select 1 from job j where j.kind = 'verification' and strpos(j.jars, p.sha256) > 0
                and not (j.state = 'failed' and j.priority < 0 and j.created_at < :start and j.problem ~ :runners))
            order by p.plugin_id""";

    private static final String RUNNERS_FAULT =
            "\"code\":\"(child-start|plugin-unavailable|runner-lost|runner-stopped|runner-broken)\"";

    /** What was replaced or verified by someone else before its turn came. */
    private static final String NEEDLESS = "update job j set state = 'cancelled', finished_at = now(),"
            + " message = 'no longer needed: the jar was verified or replaced meanwhile'"
            + " where j.kind = 'verification' and j.state = 'queued' and j.priority < 0 and not exists (select 1 from plugin_jar p"
            + " where p.present and p.latest and strpos(j.jars, p.sha256) > 0"
            + " and not exists (select 1 from verification v where v.sha256 = p.sha256)) returning j.id";

    private final Options options;
    private final Requests requests;
    private final Jobs jobs;
    private final JobTrail trail;
    private final JdbcClient jdbc;
    private final OffsetDateTime start = OffsetDateTime.now();

    BackgroundVerification(Options options, Requests requests, Jobs jobs, JobTrail trail, JdbcClient jdbc) {
        this.options = options;
        this.requests = requests;
        this.jobs = jobs;
        this.trail = trail;
        this.jdbc = jdbc;
    }

    private record Unproven(String pluginId, String version) {}

    @Transactional
    void ask() {
        if (!options.verify()) {
            return;
        }
        jdbc.sql(NEEDLESS).query(UUID.class).list().forEach(trail::needless);
        for (Unproven jar : jdbc.sql(UNPROVEN)
                .param("start", start)
                .param("runners", RUNNERS_FAULT)
                .query(Unproven.class)
                .list()) {
            var wanted = new VerificationRequest(List.of(new PluginRef(jar.pluginId()).version(jar.version())));
            try {
                var job = jobs.createInBackground(requests.verification(wanted));
                LOG.info("{} {} was never verified: job {}", jar.pluginId(), jar.version(), job.getId());
            } catch (ProblemException e) {
                LOG.warn("{} {} is not verified: {}", jar.pluginId(), jar.version(), e.getMessage());
            }
        }
    }
}
