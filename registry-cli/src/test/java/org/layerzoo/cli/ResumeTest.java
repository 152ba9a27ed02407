package org.layerzoo.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchService;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.layerzoo.core.config.Configs;
import tools.jackson.databind.JsonNode;

/** {@code zoo train --out}: what is kept, and how an unfinished run goes on. */
@Timeout(600)
class ResumeTest {
    private static final String[] LONG = {"--steps", "400"};

    @TempDir
    Path folder;

    private List<String> training(Path out, String... more) {
        List<String> all = new ArrayList<>(List.of("train", "mamba", "--task", "zoo/mqar", "--size", "tiny", "--json"));
        all.addAll(List.of("--batch", "4", "--out", out.toString()));
        all.addAll(List.of("--checkpoint-every", "5"));
        all.addAll(List.of(more));
        return all;
    }

    private Cli.Said train(Path out, String... more) {
        return Cli.in(folder).run(training(out, more).toArray(String[]::new));
    }

    @Test
    void anEndedRunIsContinuedToTheSameBits() throws Exception {
        Path whole = folder.resolve("whole");
        Cli.Said uninterrupted = train(whole, LONG);
        assertEquals(0, uninterrupted.exit(), uninterrupted.err());
        assertEquals(0, uninterrupted.json().get("resumedAt").asInt());

        Path ended = Files.createDirectory(folder.resolve("ended"));
        assertEquals(143, endAfterACheckpoint(ended, Process::destroy));
        JsonNode summary = Configs.parse(Files.readString(ended.resolve("checkpoint.json")));
        assertFalse(summary.get("finished").asBoolean(), summary.toString());
        assertFalse(Files.exists(ended.resolve("model.safetensors")));
        Cli.Said continued = train(ended, LONG);
        assertEquals(
                summary.get("step").asInt(), continued.json().get("resumedAt").asInt());
        assertSame(whole, uninterrupted, ended, continued);

        // As by kill -9: nothing is written any more, so what was kept before must do.
        Path killed = Files.createDirectory(folder.resolve("killed"));
        assertEquals(137, endAfterACheckpoint(killed, Process::destroyForcibly));
        Cli.Said revived = train(killed, LONG);
        assertTrue(revived.json().get("resumedAt").asInt() > 0, revived.out());
        assertSame(whole, uninterrupted, killed, revived);
    }

    private static void assertSame(Path whole, Cli.Said uninterrupted, Path other, Cli.Said continued)
            throws Exception {
        assertEquals(0, continued.exit(), continued.err());
        assertArrayEquals(
                Files.readAllBytes(whole.resolve("model.safetensors")),
                Files.readAllBytes(other.resolve("model.safetensors")));
        assertEquals(uninterrupted.json().get("metrics"), continued.json().get("metrics"));
        assertEquals(uninterrupted.json().get("stages"), continued.json().get("stages"));
    }

    /** In a process of its own, which is ended once the first checkpoint is there: its exit code. */
    private int endAfterACheckpoint(Path out, Consumer<Process> end) throws Exception {
        List<String> command = new ArrayList<>(
                List.of(ProcessHandle.current().info().command().orElseThrow(), "-Dzoo.home=" + folder, "-cp"));
        command.addAll(List.of(System.getProperty("java.class.path"), Main.class.getName()));
        command.addAll(training(out, "--steps", "400", "--plugins", Cli.built().toString()));
        Path said = folder.resolve("said.txt");
        try (WatchService changes = out.getFileSystem().newWatchService()) {
            out.register(changes, StandardWatchEventKinds.ENTRY_CREATE);
            Process p = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(said.toFile())
                    .start();
            while (!Files.exists(out.resolve("checkpoint.json"))) {
                assertTrue(p.isAlive(), () -> "the run ended early: " + text(said));
                changes.poll(1, java.util.concurrent.TimeUnit.SECONDS);
            }
            end.accept(p);
            return p.waitFor();
        }
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (java.io.IOException e) {
            return e.toString();
        }
    }

    @Test
    void aFolderOfAnotherRunIsRefusedUntilItIsGivenUp() {
        Path out = folder.resolve("out");
        assertEquals(0, train(out, "--steps", "6").exit());
        Cli.Said other = train(out, "--steps", "6", "--seed", "5");
        assertEquals(2, other.exit());
        assertTrue(
                other.error().contains("seed 0 there, 5 here") && other.error().contains("--restart"), other.err());
        Cli.Said anew = train(out, "--steps", "6", "--seed", "5", "--restart");
        assertEquals(0, anew.exit(), anew.err());
        assertEquals(0, anew.json().get("resumedAt").asInt());
        Cli.Said again = train(out, "--steps", "6", "--seed", "5");
        assertEquals(6, again.json().get("resumedAt").asInt());
        assertEquals(anew.json().get("metrics"), again.json().get("metrics"));
    }

    @Test
    void aBrokenCheckpointIsNamedAndWhatItNeedsIsTold() throws Exception {
        Path out = Files.createDirectory(folder.resolve("broken"));
        Files.writeString(out.resolve("checkpoint.safetensors"), "no tensors");
        Cli.Said said = train(out);
        assertEquals(2, said.exit(), said.err());
        assertTrue(
                said.error().contains("checkpoint.safetensors") && said.error().contains("--restart"), said.err());
        Cli.Said lost = Cli.in(folder).run("train", "mamba", "--task", "zoo/mqar", "--restart");
        assertEquals(2, lost.exit());
        assertTrue(lost.error().contains("--out"), lost.err());
    }
}
