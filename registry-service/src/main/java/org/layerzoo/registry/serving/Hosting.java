package org.layerzoo.registry.serving;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.layerzoo.registry.api.DeploymentLimits;
import org.layerzoo.registry.api.DeploymentRequest;
import org.layerzoo.registry.api.HostAnswer;
import org.layerzoo.registry.api.HostBeat;
import org.layerzoo.registry.api.HostLimits;
import org.layerzoo.registry.api.HostReport;
import org.layerzoo.registry.api.Hosted;
import org.layerzoo.registry.api.LeasedPlugin;
import org.layerzoo.registry.audit.AuditLog;
import org.layerzoo.registry.weights.WeightsStore;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/**
 * Which runner holds which deployment. A runner says every second how its own stand; one that falls silent loses them to the
 * next that asks. Two processes of one deployment for a moment do no harm: callers go to the one that was reported last.
 */
@Service
class Hosting {
    private static final TypeReference<List<Deployments.Jar>> JARS = new TypeReference<>() {};

    private final Deployments deployments;
    private final ServingSettings settings;
    private final WeightsStore weights;
    private final AuditLog audit;
    private final JdbcClient jdbc;
    private final JsonMapper json;

    Hosting(
            Deployments deployments,
            ServingSettings settings,
            WeightsStore weights,
            AuditLog audit,
            JdbcClient jdbc,
            JsonMapper json) {
        this.deployments = deployments;
        this.settings = settings;
        this.weights = weights;
        this.audit = audit;
        this.jdbc = jdbc;
        this.json = json;
    }

    @Transactional
    HostAnswer beat(HostBeat beat) {
        deployments.lock();
        String runner = beat.getRunner().getName();
        Set<String> held = new HashSet<>();
        for (HostReport report : beat.getDeployments()) {
            held.add(report.getName());
            take(runner, report);
        }
        end(runner, held);
        claim(runner, beat.getRunner().getBackends());
        jdbc.sql("update deployment set lease_until = now() + make_interval(secs => ?) where runner = ?")
                .params(settings.lease().toMillis() / 1000.0, runner)
                .update();
        List<Hosted> wanted = jdbc.sql(
                        "select * from deployment where runner = ? and state <> 'stopping' order by name")
                .param(runner)
                .query((row, n) -> hosted(row))
                .list();
        return new HostAnswer(wanted);
    }

    private void take(String runner, HostReport report) {
        boolean ready = report.getState().equals("ready") && report.getPort() != null && report.getModel() != null;
        String state = report.getState().equals("ready") && !ready ? "starting" : report.getState();
        Optional<String> before = jdbc.sql(
                        "select state from deployment where name = ? and generation = ? and runner = ? and state <> 'stopping'")
                .params(report.getName(), report.getGeneration(), runner)
                .query(String.class)
                .optional();
        jdbc.sql("""
                update deployment set reason = :reason, restarts = :restarts,
                    changed_at = case when state = :state and reason = :reason then changed_at else now() end,
                    ready_at = case when :state <> 'ready' then null when state = 'ready' then ready_at else now() end,
                    state = :state, address = :address, port = :port, model = coalesce(:model, model)
                where name = :name and generation = :generation and runner = :runner and state <> 'stopping'""")
                .param("reason", Optional.ofNullable(report.getReason()).orElse(""))
                .param("restarts", Optional.ofNullable(report.getRestarts()).orElse(0))
                .param("state", state)
                .param("address", ready ? Optional.ofNullable(report.getHost()).orElse("127.0.0.1") : "")
                .param("port", ready ? report.getPort() : 0)
                .param("model", ready ? json.writeValueAsString(report.getModel()) : null)
                .param("name", report.getName())
                .param("generation", report.getGeneration())
                .param("runner", runner)
                .update();
        before.filter(old -> !old.equals(state))
                .ifPresent(old -> audit.record(
                        "deployment." + state,
                        report.getName(),
                        Optional.of(old),
                        Optional.of(state),
                        Optional.ofNullable(report.getReason()).orElse("")));
    }

    /** What was to be stopped is gone when its runner does not name it any more, or is gone itself. */
    private void end(String runner, Set<String> held) {
        List<String> stopping = jdbc.sql("select name from deployment where state = 'stopping'"
                        + " and (runner = ? or runner = '' or lease_until < now())")
                .param(runner)
                .query(String.class)
                .list();
        for (String name : stopping) {
            if (!held.contains(name)) {
                jdbc.sql("delete from deployment where name = ? and state = 'stopping'")
                        .param(name)
                        .update();
            }
        }
    }

    /** Gives the runner those that nobody holds and whose backend it has. */
    private void claim(String runner, List<String> backends) {
        List<String> free = jdbc.sql("select name from deployment where state in ('starting', 'ready')"
                        + " and (runner = '' or (lease_until < now() and runner <> ?))")
                .param(runner)
                .query(String.class)
                .list();
        for (String name : free) {
            String backend = json.readValue(spec(name), DeploymentRequest.class).getBackend();
            if (fits(backend, Optional.ofNullable(backends).orElse(List.of()))) {
                jdbc.sql(
                                "update deployment set runner = ?, state = 'starting', reason = 'its runner starts it', port = 0,"
                                        + " address = '', changed_at = now() where name = ?")
                        .params(runner, name)
                        .update();
            }
        }
    }

    private String spec(String name) {
        return jdbc.sql("select spec from deployment where name = ?")
                .param(name)
                .query(String.class)
                .single();
    }

    /** A runner that names no backends takes all. */
    private static boolean fits(String backend, List<String> backends) {
        String base = backend.contains(":") ? backend.substring(0, backend.indexOf(':')) : backend;
        return base.equals("auto") || base.equals("reference") || backends.isEmpty() || backends.contains(base);
    }

    private Hosted hosted(ResultSet row) throws SQLException {
        DeploymentRequest wanted = json.readValue(row.getString("spec"), DeploymentRequest.class);
        DeploymentLimits limits = wanted.getLimits();
        List<LeasedPlugin> plugins = json.readValue(row.getString("jars"), JARS).stream()
                .map(jar -> new LeasedPlugin(
                        jar.id(),
                        jar.version(),
                        jar.sha256(),
                        "/api/v1/plugins/" + jar.id() + "/versions/" + jar.version() + "/artifact"))
                .toList();
        var hosted = new Hosted(
                row.getString("name"),
                row.getLong("generation"),
                spec(row.getString("plugin"), wanted),
                new HostLimits()
                        .heapBytes(limits.getHeapBytes())
                        .memoryBytes(limits.getMemoryBytes())
                        .threads(limits.getThreads()),
                plugins,
                row.getString("secret"));
        return hosted.weights(wanted.getWeights());
    }

    private Map<String, Object> spec(String plugin, DeploymentRequest wanted) {
        var spec = new LinkedHashMap<String, Object>();
        spec.put("id", plugin);
        Optional.ofNullable(wanted.getWeights()).ifPresent(sha256 -> spec.put("official", weights.official(sha256)));
        Optional.ofNullable(wanted.getConfig()).ifPresent(config -> spec.put("config", config));
        spec.put("backend", wanted.getBackend());
        spec.put("dtype", wanted.getDtype());
        spec.put("seed", wanted.getSeed());
        spec.put("concurrency", wanted.getLimits().getConcurrency());
        spec.put("requestMillis", wanted.getLimits().getRequestMillis());
        spec.put("sessions", wanted.getLimits().getSessions());
        spec.put("idleSeconds", wanted.getLimits().getIdleSeconds());
        return spec;
    }
}
