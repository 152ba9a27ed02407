package org.layerzoo.registry.publish;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.layerzoo.registry.catalog.Releases;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/** Publications in the database. */
@Component
class PublicationStore implements Releases {
    private static final TypeReference<Map<String, String>> TEXTS = new TypeReference<>() {};
    /** Aliases come with the row: a query within a row's mapping would need a second connection for as long as the first is held. */
    private static final String SELECT =
            "select p.*, k.fingerprint, k.public_key, k.revoked_at is not null as key_revoked,"
                    + " j.state as job_state,"
                    + " array(select a.name from alias a where a.plugin_id = p.plugin_id and a.version = p.version"
                    + " order by a.name) as aliases from publication p join publisher_key k on k.id = p.key_id left join job j on j.id = p.job_id";

    private final JdbcClient jdbc;
    private final JsonMapper json;

    PublicationStore(JdbcClient jdbc, JsonMapper json) {
        this.jdbc = jdbc;
        this.json = json;
    }

    /** A row, with its key and the state of its job. */
    record Row(
            UUID id,
            String pluginId,
            String version,
            String sha256,
            String sha512,
            long size,
            String state,
            String publisher,
            String signature,
            String requires,
            String provider,
            UUID job,
            int attempts,
            Optional<String> problem,
            OffsetDateTime uploadedAt,
            Optional<OffsetDateTime> decidedAt,
            boolean queued,
            boolean keyRevoked,
            Release release) {
        String subject() {
            return pluginId + "@" + version;
        }
    }

    /** What a publication is before anything has happened to it. */
    record Fresh(UUID id, UploadCheck.Checked checked, String publisher, UUID key, String signature, UUID job) {}

    void insert(Fresh fresh) {
        var checked = fresh.checked();
        jdbc.sql(
                        "insert into publication (id, plugin_id, version, sha256, sha512, size, state, publisher, key_id, signature,"
                                + " license, requires, provider, dependencies, job_id, attempts, uploaded_at)"
                                + " values (?, ?, ?, ?, ?, ?, 'verifying', ?, ?, ?, ?, ?, ?, ?, ?, 1, now())")
                .params(
                        fresh.id(),
                        checked.id(),
                        checked.version(),
                        checked.jar().sha256(),
                        checked.sha512(),
                        checked.jar().size(),
                        fresh.publisher(),
                        fresh.key(),
                        fresh.signature(),
                        checked.license(),
                        checked.requires(),
                        checked.provider(),
                        json.writeValueAsString(checked.dependencies()),
                        fresh.job())
                .update();
    }

    Optional<Row> find(UUID id) {
        return jdbc.sql(SELECT + " where p.id = ?")
                .param(id)
                .query((row, n) -> row(row))
                .optional();
    }

    /** The publication of a version that was not rejected. */
    Optional<Row> ofVersion(String pluginId, String version) {
        return jdbc.sql(SELECT + " where p.plugin_id = ? and p.version = ? and p.state <> 'rejected'")
                .params(pluginId, version)
                .query((row, n) -> row(row))
                .optional();
    }

    /** A publication that waits for its verdict or its next try, locked; empty when another service has judged it meanwhile. */
    Optional<Row> lockOpen(UUID id) {
        return jdbc.sql(SELECT
                        + " where p.id = ? and (p.state = 'verifying' or p.state = 'error' and p.next_try <= now())"
                        + " for update of p skip locked")
                .param(id)
                .query((row, n) -> row(row))
                .optional();
    }

    List<UUID> open() {
        return jdbc.sql("select id from publication where state = 'verifying' or state = 'error' and next_try <= now()"
                        + " order by uploaded_at")
                .query(UUID.class)
                .list();
    }

    /** Those of an owner and of the plugins that the owner maintains; all of them without an owner. */
    List<Row> page(Optional<String> owner, Optional<String> plugin, int page, int size) {
        return jdbc.sql(SELECT + where() + " order by p.uploaded_at desc, p.id limit :size offset :offset")
                .param("owner", owner.orElse(""))
                .param("plugin", plugin.orElse(""))
                .param("size", size)
                .param("offset", (long) page * size)
                .query((row, n) -> row(row))
                .list();
    }

    long count(Optional<String> owner, Optional<String> plugin) {
        return jdbc.sql("select count(*) from publication p" + where())
                .param("owner", owner.orElse(""))
                .param("plugin", plugin.orElse(""))
                .query(Long.class)
                .single();
    }

    private static String where() {
        return " where (:plugin = '' or p.plugin_id = :plugin) and (:owner = '' or p.publisher = :owner"
                + " or exists (select 1 from maintainer m where m.plugin_id = p.plugin_id and m.owner = :owner))";
    }

    /** A published version as lists of all versions of all plugins show it. */
    record Listed(
            String pluginId,
            String version,
            String sha512,
            String requires,
            String provider,
            String publisher,
            OffsetDateTime decidedAt,
            String title) {}

    /** Published versions that are not yanked, by plugin, the newest last. */
    List<Listed> published() {
        return jdbc.sql(
                        "select p.plugin_id, p.version, p.sha512, p.requires, p.provider, p.publisher, p.decided_at, j.title"
                                + " from publication p join plugin_jar j on j.sha256 = p.sha256"
                                + " where p.state = 'published' and not p.yanked order by p.plugin_id, p.decided_at")
                .query((row, n) -> new Listed(
                        row.getString(1),
                        row.getString(2),
                        row.getString(3),
                        row.getString(4),
                        row.getString(5),
                        row.getString(6),
                        row.getObject(7, OffsetDateTime.class),
                        row.getString(8)))
                .list();
    }

    void decide(UUID id, String state, Optional<String> problem) {
        jdbc.sql("update publication set state = ?, problem = ?, decided_at = now() where id = ?")
                .params(state, problem.orElse(null), id)
                .update();
    }

    void retry(UUID id, UUID job) {
        jdbc.sql("update publication set job_id = ?, attempts = attempts + 1, state = 'verifying', problem = null"
                        + " where id = ?")
                .params(job, id)
                .update();
    }

    /** No runner could verify it; after a pause it is tried anew. */
    void fail(UUID id, String problem, Duration pause) {
        jdbc.sql("update publication set state = 'error', attempts = 0, problem = ?,"
                        + " next_try = now() + make_interval(secs => ?) where id = ?")
                .params(problem, pause.toMillis() / 1000.0, id)
                .update();
    }

    void yank(UUID id, boolean yanked, String reason) {
        jdbc.sql("update publication set yanked = ?, yank_reason = ? where id = ?")
                .params(yanked, reason, id)
                .update();
    }

    void deprecate(UUID id, String reason) {
        jdbc.sql("update publication set deprecation = ? where id = ?")
                .params(reason, id)
                .update();
    }

    void tag(UUID id, List<String> tags) {
        jdbc.sql("update publication set tags = ? where id = ?")
                .params(tags.toArray(String[]::new), id)
                .update();
    }

    @Override
    public Map<String, Release> of(String pluginId) {
        var releases = new HashMap<String, Release>();
        jdbc.sql(SELECT + " where p.plugin_id = ? and p.state = 'published'")
                .param(pluginId)
                .query((row, n) -> row(row))
                .list()
                .forEach(row -> releases.put(row.sha256(), row.release()));
        return releases;
    }

    @Override
    public Optional<String> aliased(String pluginId, String alias) {
        return jdbc.sql("select version from alias where plugin_id = ? and name = ?")
                .params(pluginId, alias)
                .query(String.class)
                .optional();
    }

    @Override
    public void downloaded(String sha256) {
        jdbc.sql("update publication set downloads = downloads + 1 where sha256 = ? and state = 'published'")
                .param(sha256)
                .update();
    }

    private Row row(ResultSet row) throws SQLException {
        var decided = Optional.ofNullable(row.getObject("decided_at", OffsetDateTime.class));
        var uploaded = row.getObject("uploaded_at", OffsetDateTime.class);
        String plugin = row.getString("plugin_id");
        String version = row.getString("version");
        var release = new Release(
                row.getBoolean("yanked"),
                row.getString("yank_reason"),
                row.getString("deprecation"),
                row.getString("publisher"),
                decided.orElse(uploaded),
                row.getString("signature"),
                row.getString("fingerprint"),
                row.getString("public_key"),
                texts(row, "tags"),
                texts(row, "aliases"),
                row.getLong("downloads"),
                row.getString("license"),
                json.readValue(row.getString("dependencies"), TEXTS));
        return new Row(
                row.getObject("id", UUID.class),
                plugin,
                version,
                row.getString("sha256"),
                row.getString("sha512"),
                row.getLong("size"),
                row.getString("state"),
                release.publisher(),
                release.signature(),
                row.getString("requires"),
                row.getString("provider"),
                row.getObject("job_id", UUID.class),
                row.getInt("attempts"),
                Optional.ofNullable(row.getString("problem")),
                uploaded,
                decided,
                "queued".equals(row.getString("job_state")),
                row.getBoolean("key_revoked"),
                release);
    }

    private static List<String> texts(ResultSet row, String column) throws SQLException {
        return List.of((String[]) row.getArray(column).getArray());
    }
}
