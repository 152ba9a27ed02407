package org.layerzoo.registry.publish;

import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import org.layerzoo.registry.api.Maintainer;
import org.layerzoo.registry.api.Scope;
import org.layerzoo.registry.audit.AuditLog;
import org.layerzoo.registry.security.Caller;
import org.layerzoo.registry.security.Callers;
import org.layerzoo.registry.web.ProblemCode;
import org.layerzoo.registry.web.ProblemException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

/** Whom a plugin's id belongs to: its first publisher, who may name others. */
@Service
class Maintainers {
    private static final String OWNER = "owner";

    private final JdbcClient jdbc;
    private final AuditLog audit;

    Maintainers(JdbcClient jdbc, AuditLog audit) {
        this.jdbc = jdbc;
        this.audit = audit;
    }

    List<Maintainer> of(String pluginId) {
        return jdbc.sql("select owner, role, added_at from maintainer where plugin_id = ? order by added_at, owner")
                .param(pluginId)
                .query((row, n) -> new Maintainer(
                        row.getString(OWNER), row.getString("role"), row.getObject("added_at", OffsetDateTime.class)))
                .list();
    }

    private Optional<String> role(String pluginId, String owner) {
        return jdbc.sql("select role from maintainer where plugin_id = ? and owner = ?")
                .params(pluginId, owner)
                .query(String.class)
                .optional();
    }

    /** Gives a free id to the caller; one that belongs to others is refused. */
    @Transactional
    void claim(String pluginId, Caller caller) {
        if (of(pluginId).isEmpty()) {
            insert(pluginId, caller.owner(), OWNER);
        } else if (role(pluginId, caller.owner()).isEmpty()) {
            throw notOwner(pluginId, "a maintainer of " + pluginId, caller);
        }
    }

    /** Gives an id back of which nothing was ever published. */
    @Transactional
    void release(String pluginId) {
        jdbc.sql("delete from maintainer where plugin_id = :id and not exists"
                        + " (select 1 from publication p where p.plugin_id = :id and p.state <> 'rejected')")
                .param("id", pluginId)
                .update();
    }

    /** The caller maintains the plugin or administers the registry. */
    void requireMaintainer(String pluginId) {
        Caller caller = Callers.required();
        if (role(pluginId, caller.owner()).isEmpty() && !Callers.may(Scope.ADMIN)) {
            throw notOwner(pluginId, "a maintainer of " + pluginId, caller);
        }
    }

    /** The caller owns the plugin or administers the registry. */
    void requireOwner(String pluginId) {
        Caller caller = Callers.required();
        if (!role(pluginId, caller.owner()).equals(Optional.of(OWNER)) && !Callers.may(Scope.ADMIN)) {
            throw notOwner(pluginId, "the owner of " + pluginId, caller);
        }
    }

    private ProblemException notOwner(String pluginId, String expected, Caller caller) {
        List<String> names = of(pluginId).stream().map(Maintainer::getOwner).toList();
        return new ProblemException(
                ProblemCode.NOT_OWNER, "expected " + expected + " (" + names + "), given " + caller.owner());
    }

    @Transactional
    void add(String pluginId, String owner) {
        requireOwner(pluginId);
        if (of(pluginId).isEmpty()) {
            throw new ProblemException(
                    ProblemCode.PLUGIN_UNKNOWN, "expected the id of a published plugin, given '" + pluginId + "'");
        }
        if (role(pluginId, owner).isEmpty()) {
            insert(pluginId, owner, "maintainer");
            audit.record("maintainer.add", pluginId, Optional.empty(), Optional.of(owner), owner);
        }
    }

    @Transactional
    void remove(String pluginId, String owner) {
        requireOwner(pluginId);
        int gone = jdbc.sql("delete from maintainer where plugin_id = ? and owner = ? and role = 'maintainer'")
                .params(pluginId, owner)
                .update();
        if (gone == 0) {
            throw new ProblemException(
                    ProblemCode.MAINTAINER_UNKNOWN,
                    "expected a maintainer of " + pluginId + " other than its owner, given '" + owner + "'");
        }
        audit.record("maintainer.remove", pluginId, Optional.of(owner), Optional.empty(), owner);
    }

    private void insert(String pluginId, String owner, String role) {
        jdbc.sql("insert into maintainer (plugin_id, owner, role, added_at) values (?, ?, ?, now())")
                .params(pluginId, owner, role)
                .update();
    }
}
