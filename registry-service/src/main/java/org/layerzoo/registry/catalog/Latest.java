package org.layerzoo.registry.catalog;

import com.github.zafarkhaja.semver.Version;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;

/**
 * Decides which version of a plugin {@code latest} is: of those published and not yanked the highest, a release before a pre-release;
 * where there is none, the one that the plugin folders hold.
 */
@Component
class Latest {
    private final JdbcClient jdbc;

    Latest(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    private record Candidate(String sha256, String version) {
        Version semver() {
            return Version.parse(version);
        }
    }

    @Transactional(propagation = Propagation.MANDATORY)
    void settle(String pluginId) {
        Optional<String> best = jdbc
                .sql(
                        "select sha256, version from publication where plugin_id = ? and state = 'published' and not yanked")
                .param(pluginId)
                .query(Candidate.class)
                .list()
                .stream()
                .max(Comparator.comparing((Candidate candidate) ->
                                candidate.semver().preReleaseVersion().isEmpty())
                        .thenComparing(Candidate::semver))
                .map(Candidate::sha256);
        String rule = best.isPresent() ? "(sha256 = :best)" : "(winner and source = 'local')";
        var update = jdbc.sql("update plugin_jar set latest = " + rule + " where plugin_id = :id and latest <> " + rule)
                .param("id", pluginId);
        best.map(sha256 -> update.param("best", sha256)).orElse(update).update();
    }

    /** After a look through the plugin folders. */
    @Transactional(propagation = Propagation.MANDATORY)
    void settleAllPublished() {
        List<String> ids = jdbc.sql("select distinct plugin_id from publication where state = 'published'")
                .query(String.class)
                .list();
        ids.forEach(this::settle);
    }
}
