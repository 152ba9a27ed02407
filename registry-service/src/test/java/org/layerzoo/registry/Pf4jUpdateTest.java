package org.layerzoo.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.pf4j.DefaultPluginManager;
import org.pf4j.PluginState;
import org.pf4j.update.DefaultUpdateRepository;
import org.pf4j.update.PluginInfo;
import org.pf4j.update.UpdateManager;

/** The repository view, read by PF4J's own client. */
class Pf4jUpdateTest {
    @TempDir
    private Path folder;

    @Test
    void pf4jUpdateFindsInstallsAndUpdatesAPlugin() throws Exception {
        TestRegistry registry = TestRegistry.shared();
        Publisher grace = Publisher.of(registry, "grace-of-pf4j");
        FakeRunner runner = FakeRunner.of(registry, "pf4j-runner");
        grace.published(JarFixture.release("pf4j-probe", "1.0.0"), runner, true);
        grace.published(JarFixture.release("pf4j-probe", "1.1.0"), runner, true);
        grace.published(JarFixture.release("pf4j-probe", "1.2.0"), runner, true);
        grace.client().post("/api/v1/plugins/pf4j-probe/versions/1.2.0/yank").is(200);
        registry.add(JarFixture.release("pf4j-local", "1.0.0"), "pf4j-local");

        var manager = new DefaultPluginManager(folder);
        manager.setSystemVersion("0.1.0");
        var repository = new DefaultUpdateRepository(
                "zoo", URI.create(registry.anonymous().base() + "/").toURL());
        var updates = new UpdateManager(manager, List.of(repository));
        assertThat(updates.getPlugins())
                .extracting(plugin -> plugin.id)
                .contains("pf4j-probe")
                .doesNotContain("pf4j-local");
        PluginInfo info = updates.getPluginsMap().get("pf4j-probe");
        assertThat(info.releases).extracting(release -> release.version).containsExactly("1.0.0", "1.1.0");
        assertThat(updates.installPlugin("pf4j-probe", "1.0.0")).isTrue();
        assertThat(manager.getPlugin("pf4j-probe").getPluginState()).isEqualTo(PluginState.STARTED);
        assertThat(updates.getUpdates()).extracting(plugin -> plugin.id).contains("pf4j-probe");
        assertThat(updates.updatePlugin("pf4j-probe", "1.1.0")).isTrue();
        assertThat(manager.getPlugin("pf4j-probe").getDescriptor().getVersion()).isEqualTo("1.1.0");
        manager.stopPlugin("pf4j-probe");
    }
}
