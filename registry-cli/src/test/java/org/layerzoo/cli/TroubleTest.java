package org.layerzoo.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Plugins that misbehave end their own job and nothing else. */
class TroubleTest {
    @TempDir
    static Path folder;

    @BeforeAll
    static void buildThePlugin() throws Exception {
        TroubleJar.write(Files.createDirectory(folder.resolve("plugins")));
    }

    @Test
    void onItsBestBehaviourItRuns() {
        Cli.Said said = run("none");
        assertEquals(0, said.exit(), said.err());
    }

    @Test
    void aPluginThatThrowsIsExitThreeWithItsMessageOnOneLine() {
        Cli.Said said = run("throw");
        assertEquals(3, said.exit());
        assertEquals(1, said.err().lines().count(), said.err());
        assertTrue(said.error().contains("IllegalStateException: I never / worked"), said.err());
    }

    @Test
    void aPluginThatLoopsIsEndedAtTheTimeLimit() {
        Cli.Said said = run("loop", "--time-limit", "4");
        assertEquals(3, said.exit());
        assertTrue(said.error().contains("took too long"), said.err());
    }

    @Test
    void aPluginThatAllocatesTensorsWithoutEndMeetsItsBudget() {
        Cli.Said said = run("allocate", "--memory", "64m");
        assertEquals(3, said.exit());
        assertTrue(said.error().contains("tensor memory exhausted"), said.err());
    }

    @Test
    void aPluginThatFillsTheHeapIsExitThree() {
        Cli.Said said = run("heap", "--heap", "64m");
        assertEquals(3, said.exit());
        assertTrue(said.error().contains("heap"), said.err());
    }

    @Test
    void aPluginThatEndsItsJvmIsExitThree() {
        Cli.Said said = run("exit");
        assertEquals(3, said.exit());
        assertTrue(said.error().contains("ended early"), said.err());
    }

    @Test
    void verifyGoesOnWithTheOthersAndStoresLevels() {
        Cli cli = Cli.in(folder, folder.resolve("plugins"));
        Cli.Said said = cli.run("verify", "trouble", "mamba", "--json", "--time-limit", "240");
        JsonNode plugins = said.json().get("plugins");
        assertEquals(2, plugins.size());
        assertEquals("mamba", plugins.get(1).get("id").asString());
        assertTrue(plugins.get(1).get("passed").asBoolean(), said.out());
        JsonNode golden = plugins.get(1).get("golden").get(0);
        assertTrue(
                golden.at("/errors/out.y").asDouble() < golden.get("tolerance").asDouble(), golden.toString());
        JsonNode listed = cli.run("list", "--json", "--query", "mamba").json().values().stream()
                .filter(p -> p.get("id").asString().equals("mamba"))
                .findFirst()
                .orElseThrow();
        assertEquals(2, listed.get("level").asInt());
        assertEquals("passed", listed.at("/levels/2").asString());
    }

    private static Cli.Said run(String what, String... more) {
        String[] all = new String[more.length + 4];
        System.arraycopy(new String[] {"run", "trouble", "--set", "what=" + what}, 0, all, 0, 4);
        System.arraycopy(more, 0, all, 4, more.length);
        return Cli.in(folder, folder.resolve("plugins")).run(all);
    }
}
