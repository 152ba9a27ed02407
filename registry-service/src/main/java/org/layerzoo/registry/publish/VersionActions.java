package org.layerzoo.registry.publish;

import com.github.zafarkhaja.semver.Version;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.layerzoo.registry.api.Alias;
import org.layerzoo.registry.audit.AuditLog;
import org.layerzoo.registry.catalog.Catalog;
import org.layerzoo.registry.web.ProblemCode;
import org.layerzoo.registry.web.ProblemException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

/** What the maintainers of a plugin may do with its published versions. Their bytes never change. */
@Service
class VersionActions {
    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9-]{0,39}");
    /** What installers read otherwise. */
    private static final Set<String> RESERVED = Set.of("latest", "x");

    private final PublicationStore publications;
    private final Maintainers maintainers;
    private final Catalog catalog;
    private final AuditLog audit;
    private final JdbcClient jdbc;

    VersionActions(
            PublicationStore publications, Maintainers maintainers, Catalog catalog, AuditLog audit, JdbcClient jdbc) {
        this.publications = publications;
        this.maintainers = maintainers;
        this.catalog = catalog;
        this.audit = audit;
        this.jdbc = jdbc;
    }

    private PublicationStore.Row published(String id, String version) {
        return publications
                .ofVersion(id, version)
                .filter(row -> row.state().equals("published"))
                .orElseThrow(() -> new ProblemException(
                        catalog.knows(id) ? ProblemCode.VERSION_UNKNOWN : ProblemCode.PLUGIN_UNKNOWN,
                        "expected a published version, given " + id + " " + version));
    }

    /** The published version, which the caller may change. */
    private PublicationStore.Row owned(String id, String version) {
        PublicationStore.Row row = published(id, version);
        maintainers.requireMaintainer(id);
        return row;
    }

    @Transactional
    void yank(String id, String version, boolean yanked, String reason) {
        PublicationStore.Row row = owned(id, version);
        if (row.release().yanked() == yanked && row.release().yankReason().equals(reason)) {
            return;
        }
        publications.yank(row.id(), yanked, yanked ? reason : "");
        catalog.settleLatest(id);
        audit.record(
                yanked ? "version.yank" : "version.unyank",
                row.subject(),
                Optional.of("yanked: " + row.release().yanked()),
                Optional.of("yanked: " + yanked),
                reason);
    }

    @Transactional
    void deprecate(String id, String version, String reason) {
        PublicationStore.Row row = owned(id, version);
        publications.deprecate(row.id(), reason);
        audit.record(
                "version.deprecate",
                row.subject(),
                Optional.of(row.release().deprecation()),
                Optional.of(reason),
                reason);
    }

    @Transactional
    void tag(String id, String version, List<String> tags) {
        PublicationStore.Row row = owned(id, version);
        for (String tag : tags) {
            checkName("tags", tag);
        }
        List<String> sorted = tags.stream().distinct().sorted().toList();
        publications.tag(row.id(), sorted);
        audit.record(
                "version.tag",
                row.subject(),
                Optional.of(row.release().tags().toString()),
                Optional.of(sorted.toString()),
                sorted.toString());
    }

    private static void checkName(String field, String name) {
        if (name == null
                || !NAME.matcher(name).matches()
                || RESERVED.contains(name)
                || Version.tryParse(name).isPresent()) {
            throw ProblemException.field(
                    field,
                    "expected a lower-case word of at most 40 letters, digits and hyphens other than latest and x, which stands for any version",
                    name);
        }
    }

    /** Takes a version away for ever: its row stays as a tombstone. */
    @Transactional
    void delete(String id, String version, String reason) {
        PublicationStore.Row row = published(id, version);
        maintainers.requireOwner(id);
        publications.decide(row.id(), "deleted", Optional.of(reason));
        jdbc.sql("delete from alias where plugin_id = ? and version = ?")
                .params(id, version)
                .update();
        jdbc.sql("insert into artifact_pending (sha256, since) values (?, now()) on conflict (sha256) do nothing")
                .param(row.sha256())
                .update();
        catalog.hide(row.sha256());
        audit.record("version.delete", row.subject(), Optional.of(row.sha256()), Optional.empty(), reason);
    }

    @Transactional
    Alias alias(String id, String name, String version) {
        checkName("alias", name);
        PublicationStore.Row row = owned(id, version);
        Optional<String> before = publications.aliased(id, name);
        jdbc.sql("insert into alias (plugin_id, name, version, changed_at) values (?, ?, ?, now())"
                        + " on conflict (plugin_id, name) do update set version = excluded.version,"
                        + " changed_at = excluded.changed_at")
                .params(id, name, row.version())
                .update();
        audit.record("alias.put", id + "@" + name, before, Optional.of(version), version);
        return aliases(id).stream()
                .filter(alias -> alias.getAlias().equals(name))
                .findFirst()
                .orElseThrow();
    }

    @Transactional
    void removeAlias(String id, String name) {
        Optional<String> before = publications.aliased(id, name);
        if (before.isEmpty()) {
            throw new ProblemException(
                    ProblemCode.ALIAS_UNKNOWN, "expected an alias of " + id + ", given '" + name + "'");
        }
        maintainers.requireMaintainer(id);
        jdbc.sql("delete from alias where plugin_id = ? and name = ?")
                .params(id, name)
                .update();
        audit.record("alias.delete", id + "@" + name, before, Optional.empty(), "");
    }

    List<Alias> aliases(String id) {
        if (!catalog.knows(id)) {
            throw new ProblemException(
                    ProblemCode.PLUGIN_UNKNOWN, "expected the id of a catalogued plugin, given '" + id + "'");
        }
        return jdbc.sql("select name, version, changed_at from alias where plugin_id = ? order by name")
                .param(id)
                .query((row, n) -> new Alias(
                        row.getString("name"),
                        row.getString("version"),
                        row.getObject("changed_at", OffsetDateTime.class)))
                .list();
    }
}
