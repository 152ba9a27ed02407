package org.layerzoo.runner.child;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(300)
class LocalJobsTest {
    private static final String GREEDY = """
            Name:\tjava
            VmRSS:\t  900000 kB
            RssAnon:\t  100000 kB
            RssFile:\t  790000 kB
            RssShmem:\t   10000 kB
            VmSwap:\t    5000 kB
            """;

    @Test
    void resultFilesExistUntilTheJobsAreClosed() throws Exception {
        Path file;
        try (LocalJobs jobs = LocalJobs.open(ChildFixture.JVM)) {
            Outcome outcome =
                    jobs.run("echo", ChildFixture.json("{}"), List.of(), ChildFixture.LIMITS, JobListener.NONE);
            file = assertInstanceOf(Outcome.Succeeded.class, outcome).files().getFirst();
            assertEquals("42", Files.readString(file));
            Path first = file;
            outcome = jobs.run("echo", ChildFixture.json("{}"), List.of(), ChildFixture.LIMITS, JobListener.NONE);
            assertFalse(
                    assertInstanceOf(Outcome.Succeeded.class, outcome).files().contains(first), "folders differ");
        }
        assertFalse(Files.exists(file.getParent().getParent().getParent()), "the temporary folder is gone");
    }

    @Test
    void childDiesWithTheProcessThatWaitsForIt(@TempDir Path directory) throws Exception {
        Process parent = new ProcessBuilder(
                        ChildFixture.JVM.java().toString(),
                        "-Djava.io.tmpdir=" + directory,
                        "-cp",
                        ChildFixture.JVM.classPath(),
                        LoopingParent.class.getName())
                .redirectErrorStream(true)
                .start();
        long forked = ChildFixture.pid(lineOf(parent.getInputStream(), "pid "));
        long orphan = ChildFixture.pid(lineOf(parent.getInputStream(), "pid "));
        assertTrue(ChildFixture.alive(forked) && ChildFixture.alive(orphan));
        parent.destroyForcibly().waitFor();
        while (ChildFixture.alive(forked) || ChildFixture.alive(orphan)) {
            Thread.sleep(10); // nobody announces the end of another process's child
        }
        assertFalse(ChildFixture.alive(forked) || ChildFixture.alive(orphan));
    }

    @Test
    void endOfTheCallingJvmDeletesTheJobsFolder(@TempDir Path directory) throws Exception {
        Process parent = new ProcessBuilder(
                        ChildFixture.JVM.java().toString(),
                        "-Djava.io.tmpdir=" + directory,
                        "-cp",
                        ChildFixture.JVM.classPath(),
                        LoopingParent.class.getName())
                .redirectErrorStream(true)
                .start();
        long forked = ChildFixture.pid(lineOf(parent.getInputStream(), "pid "));
        long orphan = ChildFixture.pid(lineOf(parent.getInputStream(), "pid "));
        parent.destroy();
        assertEquals(143, parent.waitFor());
        assertFalse(ChildFixture.alive(forked) || ChildFixture.alive(orphan));
        try (var left = Files.list(directory)) {
            assertEquals(
                    List.of(),
                    left.filter(path -> path.toString().contains("layerzoo")).toList());
        }
    }

    private static String lineOf(InputStream in, String start) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int b = in.read(); b >= 0; b = in.read()) {
            if (b == '\n') {
                if (line.indexOf(start) == 0) {
                    return line.toString();
                }
                line.setLength(0);
            } else {
                line.append((char) b);
            }
        }
        throw new IOException("the process ended without a line that starts with " + start);
    }

    @Test
    void memoryOfMappedFilesIsNotGreed() {
        assertEquals(OptionalLong.of(115_000L << 10), ResidentMemory.fromStatus(GREEDY));
        assertEquals(OptionalLong.of(900_000L << 10), ResidentMemory.fromStatus("VmRSS:\t900000 kB\n"));
        assertEquals(OptionalLong.empty(), ResidentMemory.fromStatus("State:\tZ (zombie)\n"));
        assertEquals(
                OptionalLong.of(123_456L << 10),
                ResidentMemory.fromTasklist("\"java.exe\",\"4711\",\"Console\",\"1\",\"123.456 K\""));
        assertEquals(OptionalLong.empty(), ResidentMemory.fromTasklist("INFO: No tasks are running"));
    }

    @Test
    void folderOfACrashedRunnerIsReclaimedButAReusedProcessIdIsLeftAlone(@TempDir Path directory) throws Exception {
        JobFolder folder = JobFolder.create(
                directory.resolve("job"), "echo", ChildFixture.json("{}"), List.of(), ChildFixture.LIMITS);
        Process stranger = new ProcessBuilder("sleep", "600").start();
        try {
            folder.writeOwner(new JobFolder.Owner(stranger.pid(), 1, "no-such-mark"));
            folder.reclaim();
            assertFalse(Files.exists(folder.path()));
            assertTrue(stranger.isAlive(), "it started at another time than the child did");

            folder = JobFolder.create(
                    directory.resolve("job"), "echo", ChildFixture.json("{}"), List.of(), ChildFixture.LIMITS);
            folder.writeOwner(new ProcessTree(stranger.toHandle(), "no-such-mark").owner());
            folder.reclaim();
            assertFalse(ChildFixture.alive(stranger.pid()));
        } finally {
            stranger.destroyForcibly();
        }
    }

    /** A program that runs a job which never ends, and prints the process ids that the job logs. */
    static final class LoopingParent {
        private LoopingParent() {}

        public static void main(String[] arguments) throws Exception {
            try (LocalJobs jobs = LocalJobs.open(ChildFixture.JVM)) {
                JobListener print = new JobListener() {
                    @Override
                    public void log(String line) {
                        System.out.write((line + "\n").getBytes(StandardCharsets.UTF_8), 0, line.length() + 1);
                        System.out.flush();
                    }
                };
                jobs.run("forking", ChildFixture.json("{'then': 'loop'}"), List.of(), ChildFixture.LIMITS, print);
            }
        }
    }
}
