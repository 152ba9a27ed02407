package org.layerzoo.registry.artifact;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.layerzoo.registry.TestRegistry;
import org.springframework.jdbc.core.simple.JdbcClient;

class OrphansTest {
    private static TestRegistry registry;
    private static JdbcClient jdbc;
    private static ArtifactStore store;
    private static Orphans orphans;

    @BeforeAll
    static void start() {
        registry = TestRegistry.shared();
        jdbc = registry.bean("jdbcClient", JdbcClient.class);
        store = registry.bean("artifactStore", ArtifactStore.class);
        orphans = registry.bean("orphans", Orphans.class);
    }

    private static String stored(String age) {
        String sha256 = store.put(UUID.randomUUID().toString().getBytes(StandardCharsets.UTF_8));
        jdbc.sql("insert into artifact_pending (sha256, since) values (?, now() - ?::interval)")
                .params(sha256, age)
                .update();
        return sha256;
    }

    private static boolean pending(String sha256) {
        return jdbc.sql("select count(*) from artifact_pending where sha256 = ?")
                        .param(sha256)
                        .query(Long.class)
                        .single()
                > 0;
    }

    @Test
    void whatNothingRefersToIsDeletedOnceItIsOld() {
        String old = stored("2 hours");
        String young = stored("10 minutes");
        orphans.collect();
        assertThat(store.find(old)).isEmpty();
        assertThat(pending(old)).isFalse();
        assertThat(store.find(young)).isPresent();
        assertThat(pending(young)).isTrue();
        assertThat(orphans.collect(Duration.ofMinutes(5))).isPositive();
        assertThat(store.find(young)).isEmpty();
    }

    @Test
    void whatSomethingRefersToStays() {
        String weights = stored("2 hours");
        jdbc.sql("insert into weights (sha256, size, metadata, created_at) values (?, 1, '{}', now())")
                .param(weights)
                .update();
        String part = stored("2 hours");
        UUID upload = UUID.randomUUID();
        jdbc.sql("insert into weights_upload (id, sha256, size, owner, lineage, received, created_at, expires_at)"
                        + " values (?, ?, 9, 'orphan test', '{}', 9, now(), now() + interval '1 hour')")
                .params(upload, weights)
                .update();
        jdbc.sql("insert into weights_part (upload_id, start, size, sha256) values (?, 0, 9, ?)")
                .params(upload, part)
                .update();
        orphans.collect();
        assertThat(store.find(weights)).isPresent();
        assertThat(store.find(part)).isPresent();
        jdbc.sql("delete from weights_upload where id = ?").param(upload).update();
        jdbc.sql("delete from weights where sha256 = ?").param(weights).update();
        orphans.collect();
        assertThat(store.find(part)).as("an upload that has ended").isEmpty();
        assertThat(store.find(weights)).isEmpty();
    }
}
