package org.layerzoo.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.layerzoo.cli.claims.ClaimRecords;
import org.layerzoo.core.config.Configs;
import org.layerzoo.core.plugin.Plugins;
import org.layerzoo.runner.child.Limits;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

class LevelFourTest {
    /** One of its claims is a matter of seconds, the others cannot be measured. */
    private static final String QUICK = "vig";

    /** What a measured claim may come to: its rule reads times. */
    private static final List<String> MEASURED = List.of("holds", "does not hold");

    @TempDir
    Path home;

    private final StringWriter err = new StringWriter();

    @Test
    void whatIsMissingIsMeasuredOnceAndKeptForTheJar() throws Exception {
        ObjectNode first = verified(QUICK);
        assertTrue(err.toString().contains("zoo bench " + QUICK), err.toString());
        assertEquals("passed", first.at("/levels/4").asString(), first.toString());
        assertEquals(4, first.path("level").asInt());
        JsonNode measured = first.at("/claims/0");
        String verdict = measured.path("verdict").asString();
        assertTrue(MEASURED.contains(verdict), measured.toString());
        assertFalse(measured.path("here").asString().isEmpty());
        assertTrue(measured.path("date").asString().matches("\\d{4}-\\d{2}-\\d{2}"), measured.toString());
        assertTrue(measured.at("/machine/cpu").isString(), measured.toString());
        JsonNode reasoned = first.at("/claims/1");
        assertEquals("cannot be measured here", reasoned.path("verdict").asString());
        assertEquals(3, first.path("checks").size());
        assertTrue(first.path("checks")
                .valueStream()
                .allMatch(c -> c.path("level").asInt() == 4 && c.path("passed").asBoolean()));

        String sha256 = SigningKey.digest(Cli.jar(QUICK));
        Path kept = home.resolve("results/claims/" + sha256 + ".json");
        assertEquals(
                2,
                Configs.mapper().readTree(Files.readAllBytes(kept)).path("runs").size());
        err.getBuffer().setLength(0);
        ObjectNode second = verified(QUICK);
        assertEquals("", err.toString());
        assertEquals(first.path("claims"), second.path("claims"));
        assertEquals(
                verdict,
                new ClaimStore(home, ClaimRecords.empty())
                        .finding(sha256, QUICK + "/claim-1")
                        .orElseThrow()
                        .verdict());
    }

    @Test
    void aClaimWithoutAnExperimentLeavesTheLevelOpenWithTheReason() {
        ObjectNode entry = verified("flash-attention-2");
        assertEquals("notRun", entry.at("/levels/4").asString());
        assertEquals(3, entry.path("level").asInt());
        assertTrue(entry.at("/reasons/4").asString().contains("claim-1 has no experiment"), entry.toString());
        assertTrue(entry.path("claims")
                .valueStream()
                .allMatch(c -> c.path("verdict").asString().equals("not measured yet")));
        assertTrue(entry.path("checks").isEmpty());
    }

    @Test
    void aCardWithoutClaimsHasNoSuchLevel() {
        ObjectNode entry = verified("zoo");
        assertEquals("notApplicable", entry.at("/levels/4").asString());
        assertEquals("the card declares no claims", entry.at("/reasons/4").asString());
    }

    @Test
    void verifyShowsEachClaimAndStoresTheLevel() {
        Cli cli = Cli.in(home);
        Cli.Said said = cli.run("verify", QUICK, "--level", "4", "--threads", "1");
        assertEquals(0, said.exit(), said.err());
        assertTrue(said.out().contains("claim-1: ") && toldOf(said.out()), said.out());
        JsonNode listed = cli.run("list", "--json")
                .json()
                .valueStream()
                .filter(p -> p.path("id").asString().equals(QUICK))
                .findFirst()
                .orElseThrow();
        assertEquals("passed", listed.at("/levels/4").asString());
        assertTrue(toldOf(cli.run("info", QUICK).out()));
    }

    /** Whether a measured claim stands there with its verdict. */
    private static boolean toldOf(String out) {
        return MEASURED.stream().anyMatch(v -> out.contains("    " + v + ": "));
    }

    /** The entry of a plugin whose lower levels have passed, after level 4 without anything shipped. */
    private ObjectNode verified(String id) {
        PrintWriter told = new PrintWriter(err);
        ObjectNode entry = (ObjectNode) Configs.mapper().readTree("""
                {"level": 3, "levels": {"1": "passed", "2": "passed", "3": "passed", "4": "notRun"},
                 "reasons": {"4": "an older one"}, "checks": []}""");
        try (Plugins plugins = Plugins.in(List.of(Cli.built()));
                Jobs jobs = new Jobs(told, false)) {
            ClaimJobs measured = new ClaimJobs(plugins, jobs, Limits.defaults().withThreads(1), told);
            new LevelFour(measured, new ClaimStore(home, ClaimRecords.empty())).into(entry, plugins.jar(id), 0, 1);
        }
        return entry;
    }
}
