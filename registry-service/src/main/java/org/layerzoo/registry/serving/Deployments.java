package org.layerzoo.registry.serving;

import java.security.SecureRandom;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.layerzoo.registry.api.Deployment;
import org.layerzoo.registry.api.DeploymentLimits;
import org.layerzoo.registry.api.DeploymentPage;
import org.layerzoo.registry.api.DeploymentRequest;
import org.layerzoo.registry.api.DeploymentState;
import org.layerzoo.registry.audit.AuditLog;
import org.layerzoo.registry.catalog.Catalog;
import org.layerzoo.registry.catalog.CataloguedPlugin;
import org.layerzoo.registry.security.Ownership;
import org.layerzoo.registry.web.ProblemCode;
import org.layerzoo.registry.web.ProblemException;
import org.layerzoo.registry.weights.WeightsStore;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/** What is served, as those see it who ask for it. */
@Service
class Deployments {
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final TypeReference<Map<String, Object>> OBJECT = new TypeReference<>() {};
    static final String WAITS = "waits for a runner that hosts deployments";
    /** A process whose runner has fallen silent may be gone. */
    private static final String STATE =
            "case when state = 'ready' and lease_until < now() then 'starting' else state end";

    private final AuditLog audit;
    private final Catalog catalog;
    private final WeightsStore weights;
    private final JdbcClient jdbc;
    private final JsonMapper json;

    Deployments(AuditLog audit, Catalog catalog, WeightsStore weights, JdbcClient jdbc, JsonMapper json) {
        this.audit = audit;
        this.catalog = catalog;
        this.weights = weights;
        this.jdbc = jdbc;
        this.json = json;
    }

    /** A jar that a deployment runs, by its digest. */
    record Jar(String id, String version, String sha256) {}

    /** A deployment and whether it was made by this call. */
    record Put(Deployment deployment, boolean created) {}

    /** A provider of a layer: {@code id/provider} and the jar that holds it. */
    private record Target(String reference, CataloguedPlugin jar) {}

    private Target target(String reference) {
        String[] parts = reference.split("/", 2);
        String[] id = parts[0].split("@", 2);
        CataloguedPlugin jar = catalog.resolve(id[0], id.length > 1 ? id[1] : "latest");
        if (!jar.present()) {
            throw new ProblemException(
                    ProblemCode.ARTIFACT_GONE,
                    "the jar of " + jar.id() + " " + jar.version() + " is no longer in a plugin folder");
        }
        return new Target(parts.length > 1 ? id[0] + "/" + parts[1] : id[0], jar);
    }

    private Target layer(String reference) {
        Target target = target(reference);
        String name = target.reference().contains("/")
                ? target.reference().substring(target.reference().indexOf('/') + 1)
                : "";
        CataloguedPlugin.ProviderKind provider = target.jar()
                .provider(name)
                .orElseThrow(() -> new ProblemException(
                        ProblemCode.PROVIDER_UNKNOWN,
                        "expected a provider of " + target.jar().id() + ", given '" + reference + "'"));
        if (!provider.kind().equals("layer")) {
            throw ProblemException.field(
                    "plugin", "expected a layer, '" + reference + "' is of kind " + provider.kind(), reference);
        }
        return target;
    }

    /** Makes the deployment what is wanted; one that is so already, and has not failed, is left alone. */
    @Transactional
    Put put(String name, DeploymentRequest wanted) {
        Target layer = layer(wanted.getPlugin());
        var jars = new ArrayList<Jar>();
        add(jars, layer.jar());
        Optional.ofNullable(wanted.getRequires())
                .orElse(List.of())
                .forEach(other -> add(jars, target(other).jar()));
        List<String> ids = jars.stream().map(Jar::id).toList();
        Optional.ofNullable(wanted.getWeights()).ifPresent(sha256 -> weights.requireOf(sha256, ids));
        if (wanted.getLimits() == null) {
            wanted.limits(new DeploymentLimits());
        }
        String spec = json.writeValueAsString(wanted);
        String jarText = json.writeValueAsString(jars);
        lock();
        boolean same = jdbc.sql("select count(*) from deployment where name = ? and spec = ? and jars = ?"
                                + " and state in ('starting', 'ready')")
                        .params(name, spec, jarText)
                        .query(Long.class)
                        .single()
                > 0;
        boolean exists = exists(name);
        if (!same) {
            owner(name).ifPresent(owner -> Ownership.require(shown(name), owner));
            store(name, layer, spec, jarText);
            audit.record(
                    "deployment.put",
                    name,
                    Optional.empty(),
                    Optional.of(spec + jarText),
                    layer.reference() + "@" + layer.jar().version());
        }
        return new Put(get(name), !exists);
    }

    private static void add(List<Jar> jars, CataloguedPlugin jar) {
        var one = new Jar(jar.id(), jar.version(), jar.sha256());
        if (!jars.contains(one)) {
            jars.add(one);
        }
    }

    private static String shown(String name) {
        return "deployment '" + name + "'";
    }

    /** Whose a deployment is; empty when there is none of that name, or one that somebody has stopped. */
    private Optional<String> owner(String name) {
        return jdbc.sql("select owner from deployment where name = ? and state <> 'stopping'")
                .param(name)
                .query(String.class)
                .optional();
    }

    private boolean exists(String name) {
        return jdbc.sql("select count(*) from deployment where name = ? and state <> 'stopping'")
                        .param(name)
                        .query(Long.class)
                        .single()
                > 0;
    }

    private void store(String name, Target layer, String spec, String jars) {
        byte[] secret = new byte[32];
        RANDOM.nextBytes(secret);
        jdbc.sql("""
                insert into deployment (name, generation, plugin, version, sha256, spec, jars, secret, state, reason, restarts,
                    runner, address, port, created_at, changed_at, owner)
                values (:name, nextval('deployment_generation'), :plugin, :version, :sha256, :spec, :jars, :secret, 'starting',
                    :waits, 0, '', '', 0, now(), now(), :owner)
                on conflict (name) do update set generation = excluded.generation, plugin = excluded.plugin,
                    version = excluded.version, sha256 = excluded.sha256, spec = excluded.spec, jars = excluded.jars,
                    secret = excluded.secret, state = excluded.state, reason = excluded.reason, restarts = 0, port = 0,
                    address = '', model = null, ready_at = null, changed_at = excluded.changed_at,
                    owner = case when deployment.state = 'stopping' or deployment.owner = '' then excluded.owner else deployment.owner end""")
                .param("name", name)
                .param("plugin", layer.reference())
                .param("version", layer.jar().version())
                .param("sha256", layer.jar().sha256())
                .param("spec", spec)
                .param("jars", jars)
                .param("secret", HexFormat.of().formatHex(secret))
                .param("owner", Ownership.ofCaller())
                .param("waits", WAITS)
                .update();
    }

    /** One at a time for all services: a beat of a runner and a change of what is wanted must not cross. */
    void lock() {
        jdbc.sql("select pg_advisory_xact_lock(hashtext('deployments'))")
                .query((row, n) -> 0)
                .single();
    }

    @Transactional(readOnly = true)
    Deployment get(String name) {
        return jdbc.sql("select *, " + STATE + " as shown from deployment where name = ?")
                .param(name)
                .query((row, n) -> deployment(row))
                .optional()
                .orElseThrow(() -> unknown(name));
    }

    static ProblemException unknown(String name) {
        return new ProblemException(
                ProblemCode.DEPLOYMENT_UNKNOWN, "expected the name of a deployment, given '" + name + "'");
    }

    @Transactional(readOnly = true)
    DeploymentPage list(int page, int size) {
        List<Deployment> items = jdbc.sql(
                        "select *, " + STATE + " as shown from deployment order by name limit ? offset ?")
                .params(size, (long) page * size)
                .query((row, n) -> deployment(row))
                .list();
        long total =
                jdbc.sql("select count(*) from deployment").query(Long.class).single();
        return new DeploymentPage(items, page, size, total);
    }

    private Deployment deployment(ResultSet row) throws SQLException {
        String shown = row.getString("shown");
        String reason = shown.equals(row.getString("state"))
                ? row.getString("reason")
                : "its runner '" + row.getString("runner") + "' does not answer";
        String name = row.getString("name");
        var deployment = new Deployment(
                name,
                row.getString("plugin"),
                row.getString("version"),
                row.getString("sha256"),
                DeploymentState.fromValue(shown),
                reason,
                row.getInt("restarts"),
                "/v2/models/" + name,
                json.readValue(row.getString("spec"), DeploymentRequest.class),
                row.getObject("created_at", OffsetDateTime.class),
                row.getObject("changed_at", OffsetDateTime.class));
        deployment.owner(row.getString("owner"));
        deployment.runner(row.getString("runner"));
        deployment.readyAt(row.getObject("ready_at", OffsetDateTime.class));
        String model = row.getString("model");
        if (model != null) {
            deployment.model(json.readValue(model, OBJECT));
        }
        return deployment;
    }

    /** What callers need to know of a deployment. */
    @Transactional(readOnly = true)
    Optional<Endpoint> endpoint(String name) {
        return jdbc.sql("select *, " + STATE + " as shown from deployment where name = ? and state <> 'stopping'")
                .param(name)
                .query((row, n) -> endpoint(row))
                .optional();
    }

    private Endpoint endpoint(ResultSet row) throws SQLException {
        DeploymentRequest wanted = json.readValue(row.getString("spec"), DeploymentRequest.class);
        return new Endpoint(
                row.getString("name"),
                row.getLong("generation"),
                row.getString("version"),
                wanted.getAccess().equals("open"),
                row.getString("shown"),
                row.getString("reason"),
                row.getString("address"),
                row.getInt("port"),
                row.getString("secret"),
                wanted.getLimits(),
                Optional.ofNullable(row.getString("model")).map(json::readTree).map(ModelSchema::of));
    }

    /** Whether every deployment that has not failed is ready. */
    @Transactional(readOnly = true)
    boolean allReady() {
        return jdbc.sql("select count(*) from deployment where " + STATE + " = 'starting'")
                        .query(Long.class)
                        .single()
                == 0;
    }

    @Transactional
    void stop(String name) {
        lock();
        Ownership.require(shown(name), owner(name).orElseThrow(() -> unknown(name)));
        jdbc.sql("update deployment set state = 'stopping', reason = 'its process is being ended',"
                        + " changed_at = now() where name = ?")
                .param(name)
                .update();
        audit.record("deployment.delete", name, Optional.empty(), Optional.empty(), "");
        // one that no runner holds ends at once
        jdbc.sql("delete from deployment where name = ? and runner = ''")
                .param(name)
                .update();
    }
}
