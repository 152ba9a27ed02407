package org.layerzoo.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** The curl commands of docs/serving.md, in its order and as they stand but for the address of the registry. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ServingDocTest {
    private static final Pattern BLOCK = Pattern.compile("^```\\n(.*?)^```", Pattern.DOTALL | Pattern.MULTILINE);
    private static final Duration READY = Duration.ofMinutes(3);

    @TempDir
    private static Path folder;

    private House house;

    @BeforeAll
    void start() throws IOException {
        house = House.up(folder, "--no-demo", "--no-verify");
    }

    @AfterAll
    void end() {
        house.close();
    }

    /** The blocks that hold a curl command. */
    private static List<String> blocks() throws IOException {
        String page = Files.readString(House.ROOT.resolve("docs/serving.md"));
        return BLOCK.matcher(page)
                .results()
                .map(block -> block.group(1))
                .filter(block -> block.contains("curl "))
                .toList();
    }

    /** Runs commands by a shell that stops at the first one that fails; answers what they printed. */
    private String run(String commands) throws IOException, InterruptedException {
        String here = house.url().substring("http://".length());
        // A page may show what curl makes of an error; a test wants to see that there is none.
        String script = "set -e\n"
                + commands.replace("localhost:8080", here).replaceAll("curl -s(N?) ", "curl -sS$1 --fail-with-body ");
        Path out = Files.createTempFile(folder, "doc-", ".out");
        ProcessBuilder builder = new ProcessBuilder("bash", "-c", script).directory(folder.toFile());
        builder.environment()
                .put(
                        "TOKEN",
                        Files.readString(folder.resolve("data/admin.token")).strip());
        Process process =
                builder.redirectErrorStream(true).redirectOutput(out.toFile()).start();
        assertTrue(process.waitFor(60, TimeUnit.SECONDS), "the commands end: " + script);
        String said = Files.readString(out);
        assertEquals(0, process.exitValue(), script + "\n" + said);
        return said;
    }

    private void awaitReady() {
        house.await(READY, "the deployment is ready", () -> {
            try {
                return house.json("/api/v1/deployments/mixer")
                        .path("state")
                        .asString()
                        .equals("ready");
            } catch (IOException e) {
                return false;
            }
        });
    }

    private static String line(String block, String part) {
        List<String> commands = new ArrayList<>();
        for (String command : block.replace("\\\n", " ").split("\n")) {
            if (command.contains(part)) {
                commands.add(command);
            }
        }
        assertEquals(1, commands.size(), "one command has '" + part + "' in\n" + block);
        return commands.getFirst();
    }

    @Test
    void everyCommandOfThePageDoesWhatItSays() throws Exception {
        List<String> blocks = blocks();
        assertEquals(4, blocks.size(), "blocks with curl commands");
        String management = blocks.get(1);
        assertTrue(run(line(management, "-X PUT")).contains("\"starting\""));
        awaitReady();
        assertTrue(run(line(blocks.get(0), "/v2/models/mixer")).contains("\"inputs\""));
        assertTrue(run(line(management, "-s localhost:8080/api/v1/deployments/mixer"))
                .contains("\"ready\""));
        String inferred = run(blocks.get(2));
        assertTrue(inferred.contains("\"id\":\"a\"") && inferred.contains("\"name\":\"y\""), inferred);
        String streamed = run(blocks.get(3));
        long tokens = streamed.lines()
                .filter(text -> text.startsWith("data:") && text.contains("\"name\":\"y\""))
                .count();
        assertEquals(2, tokens, streamed);
        run(line(management, "-X DELETE"));
        house.await(READY, "the deployment is gone", () -> {
            try {
                return house.get("/api/v1/deployments/mixer").statusCode() == 404;
            } catch (IOException e) {
                return false;
            }
        });
    }
}
