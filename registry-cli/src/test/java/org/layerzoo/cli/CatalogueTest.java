package org.layerzoo.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.layerzoo.core.config.Configs;
import org.layerzoo.runner.child.Limits;
import tools.jackson.databind.JsonNode;

/** Commands that read metadata only. */
class CatalogueTest {
    @TempDir
    Path home;

    @Test
    void listNamesEveryFieldOfTheContract() {
        Cli.Said said = Cli.in(home).run("list", "--json");
        assertEquals(0, said.exit(), said.err());
        JsonNode mamba = entry(said.json(), "mamba");
        List<String> fields = List.of(
                "id",
                "version",
                "title",
                "family",
                "kind",
                "modes",
                "backends",
                "level",
                "levels",
                "year",
                "arxiv",
                "source");
        assertEquals(List.of(), fields.stream().filter(f -> !mamba.has(f)).toList());
        assertTrue(mamba.get("version").asString().matches("0\\.1\\.0\\+local\\.[0-9a-f]{8}"), mamba.toString());
        assertEquals("notRun", mamba.at("/levels/1").asString());
        assertEquals("local", mamba.get("source").asString());
        assertEquals(2023, mamba.get("year").asInt());
    }

    @Test
    void filtersLeaveWhatMatchesAllOfThem() {
        Cli cli = Cli.in(home);
        JsonNode found = cli.run(
                        "list",
                        "--json",
                        "--family",
                        "recurrent-and-ssm",
                        "--mode",
                        "streaming",
                        "--query",
                        "selective state")
                .json();
        assertTrue(found.valueStream().anyMatch(p -> p.get("id").asString().equals("mamba")), found.toString());
        assertTrue(found.valueStream().allMatch(p -> p.get("family").asString().equals("recurrent-and-ssm")));
        Cli.Said none = cli.run("list", "--json", "--query", "no such words anywhere");
        assertEquals(1, none.exit());
        assertEquals(0, none.json().size());
    }

    @Test
    void theListIsSortedByYearLevelOrMeasuredSpeed() throws Exception {
        Cli cli = Cli.in(home);
        List<Integer> years = cli.run("list", "--json", "--sort", "year")
                .json()
                .valueStream()
                .map(p -> p.get("year").asInt())
                .toList();
        assertEquals(years.stream().sorted(Comparator.reverseOrder()).toList(), years);

        String sha256 = SigningKey.digest(Cli.jar("mamba"));
        var bench = Configs.mapper().createObjectNode();
        bench.set("environment", MeasurementStore.machine(Limits.defaults().threads()));
        bench.putArray("results")
                .addObject()
                .put("id", "mamba")
                .put("implementation", "layerzoo")
                .put("unit", "layer")
                .put("pass", "forward")
                .put("dtype", "f32")
                .put("batch", 1)
                .put("length", 1024)
                .put("dim", 512)
                .put("heads", 8)
                .put("medianMs", 4.0);
        new MeasurementStore(home).write(sha256, "mamba", bench, "auto");
        JsonNode fastest = cli.run("list", "--json", "--sort", "speed").json().get(0);
        assertEquals("mamba", fastest.get("id").asString());
        assertEquals(256_000, fastest.get("tokensPerSecond").asDouble());
        Cli.Said table = cli.run("list", "--sort", "speed");
        assertTrue(table.out().lines().skip(1).findFirst().orElseThrow().contains("256,000"), table::out);
        assertEquals(2, cli.run("list", "--sort", "colour").exit());
    }

    @Test
    void optionsMayStandBeforeTheCommand() {
        Cli.Said said = Cli.in(home).bare("--json", "--plugins", Cli.built().toString(), "list");
        assertEquals(0, said.exit(), said.err());
        assertEquals("mamba", entry(said.json(), "mamba").get("id").asString());
    }

    @Test
    void infoShowsOptionsParametersAndClaims() throws Exception {
        Cli.Said said = Cli.in(home).run("info", "mamba");
        assertEquals(0, said.exit(), said.err());
        for (String expected : List.of(
                "Albert Gu",
                "convWidth",
                "A_log [128,16] F32",
                "claim-2",
                Cli.jar("mamba").toString())) {
            assertTrue(said.out().contains(expected), expected + " is missing in " + said.out());
        }
        JsonNode json = Cli.in(home).run("info", "mamba", "--json").json();
        assertEquals("dim", json.at("/providers/0/roles/dim").asString());
        assertTrue(json.get("mechanism").asString().contains("$$"));
    }

    @Test
    void aVersionThatIsNotHereIsNamedWithTheOneThatIs() {
        Cli.Said said = Cli.in(home).run("info", "mamba@9.9.9");
        assertEquals(2, said.exit());
        assertTrue(said.error().contains("9.9.9") && said.error().contains("0.1.0+local."), said.err());
    }

    @Test
    void doctorNamesBackendsAndLibraries() {
        Cli.Said said = Cli.in(home).run("doctor", "--json");
        assertEquals(0, said.exit(), said.err());
        List<String> backends = said.json()
                .get("backends")
                .valueStream()
                .map(b -> b.get("name").asString())
                .toList();
        assertTrue(backends.containsAll(List.of("cpu-vector", "reference")), backends.toString());
        for (JsonNode b : said.json().get("backends")) {
            // What is said in the summary is not said again below it.
            assertFalse(b.path("details").valueStream().anyMatch(b.path("summary")::equals), b.toString());
        }
        assertTrue(said.json().at("/jdk/version").asString().startsWith("2"), said.out());
        assertTrue(said.json().at("/plugins/count").asInt() >= 2);
    }

    @Test
    void aBrokenJarIsPassedOverAndNamed() throws Exception {
        Path folder = Files.createDirectory(home.resolve("more"));
        byte[] whole = Files.readAllBytes(Cli.jar("mamba"));
        Files.write(folder.resolve("cut.jar"), java.util.Arrays.copyOf(whole, whole.length / 2));
        Files.writeString(folder.resolve("text.jar"), "no archive");
        Files.createDirectory(folder.resolve("folder.jar"));
        Files.createSymbolicLink(folder.resolve("link.jar"), folder.resolve("nothing"));
        Files.createSymbolicLink(folder.resolve("endless.jar"), Path.of("/dev/zero"));
        described(folder.resolve("typed.jar"), "\"year\":2023", "\"year\":\"then\"");
        Cli.Said said = Cli.in(home, folder).run("list", "--json");
        assertEquals(0, said.exit());
        assertEquals("mamba", entry(said.json(), "mamba").get("id").asString());
        for (String name : List.of("cut.jar", "text.jar", "folder.jar", "link.jar", "endless.jar", "typed.jar")) {
            assertEquals(
                    1, said.err().lines().filter(line -> line.contains(name)).count(), name + ": " + said.err());
        }
        assertTrue(said.err().contains("expected year to be a whole number, found \"then\""), said.err());
    }

    /** A copy of a good jar whose description says something else. */
    private static void described(Path file, String said, String instead) throws Exception {
        try (var from = new java.util.jar.JarFile(Cli.jar("mamba").toFile());
                var to = new java.util.jar.JarOutputStream(Files.newOutputStream(file), from.getManifest())) {
            for (var entry : java.util.Collections.list(from.entries())) {
                if (entry.getName().equals(java.util.jar.JarFile.MANIFEST_NAME)) {
                    continue;
                }
                byte[] content = from.getInputStream(entry).readAllBytes();
                if (entry.getName().equals("META-INF/layerzoo/plugin.json")) {
                    String text = new String(content, java.nio.charset.StandardCharsets.UTF_8);
                    String other = text.replaceFirst(said.replace(":", "\\s*:\\s*"), instead);
                    assertTrue(!other.equals(text), "the description does not say " + said);
                    content = other.getBytes(java.nio.charset.StandardCharsets.UTF_8);
                }
                to.putNextEntry(new java.util.jar.JarEntry(entry.getName()));
                to.write(content);
            }
        }
    }

    @Test
    void helpAndVersionAnswerEverywhere() {
        Cli cli = Cli.in(home);
        assertTrue(cli.bare("--version").out().startsWith("zoo 0.1.0"));
        for (String command : List.of("list", "info", "run", "verify", "doctor")) {
            Cli.Said said = cli.bare(command, "--help");
            assertEquals(0, said.exit());
            assertTrue(said.out().startsWith("Usage: zoo " + command), said.out());
        }
    }

    private static JsonNode entry(JsonNode all, String id) {
        return all.valueStream()
                .filter(p -> p.get("id").asString().equals(id))
                .findFirst()
                .orElseThrow();
    }
}
