package org.layerzoo.runner.child;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.layerzoo.runner.child.ChildFixture.LIMITS;
import static org.layerzoo.runner.child.ChildFixture.alive;
import static org.layerzoo.runner.child.ChildFixture.assertContains;
import static org.layerzoo.runner.child.ChildFixture.assertFailed;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.layerzoo.figures.CountsCases;

/** A child may do what it likes: it ends its own job, with a clear message, and leaves nothing behind. */
@CountsCases("jobs that loop, exit, crash, fill memory, fork and flood")
@Timeout(300)
class HostileChildTest {
    @TempDir
    Path directory;

    @Test
    void loopingJobIsKilledAtItsWallTime() throws Exception {
        ChildFixture job = new ChildFixture(directory, "loop", "{}", LIMITS.withWallTime(Duration.ofSeconds(2)));
        Problem problem = assertFailed(RunnerProblem.LIMIT_TIME, job.run());
        assertEquals("the job did not end within its 2 s and was killed", problem.detail());
        assertFalse(alive(job.folder.readOwner().orElseThrow().pid()));
    }

    @Test
    void jobThatFillsItsHeapNamesTheHeap() throws Exception {
        Problem problem = assertFailed(RunnerProblem.LIMIT_HEAP, new ChildFixture(directory, "heap", "{}").run());
        assertEquals("the job's Java heap of 64 MiB was full", problem.detail());
    }

    @ParameterizedTest
    @ValueSource(strings = {"here", "forked"})
    void jobThatFillsMemoryOutsideTheHeapIsKilledByTheWatchdog(String where) throws Exception {
        ChildFixture job =
                new ChildFixture(directory, "off-heap", "{'where': '" + where + "'}", LIMITS.withMemoryBytes(0));
        Problem problem = assertFailed(RunnerProblem.LIMIT_MEMORY, job.run());
        assertContains("allowed are 576 MiB = heap 64 MiB + tensors 0 bytes + 512 MiB", problem.detail());
    }

    @Test
    void tensorsMayTakeMoreThanTheHeap() throws Exception {
        ChildFixture job =
                new ChildFixture(directory, "off-heap", "{'where': 'tensors'}", LIMITS.withMemoryBytes(256 << 20));
        assertInstanceOf(Outcome.Succeeded.class, job.run());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "exit | CHILD_EXITED | exited with code 7 before it gave a result; its last line was: goodbye",
                "kill | CHILD_CRASHED | ended by signal 9 (KILL)",
                "segv | CHILD_CRASHED | the job's JVM crashed: SIGSEGV (0xb)",
                "native | CHILD_CRASHED | the job's JVM crashed: SIGSEGV (0xb)"
            })
    void jobThatEndsItsJvmSaysHow(String how, RunnerProblem code, String detail) throws Exception {
        ChildFixture job = new ChildFixture(directory, "ending", "{'how': '" + how + "'}");
        assertContains(detail, assertFailed(code, job.run()).detail());
        if (how.equals("segv")) {
            assertTrue(job.recorder.lines().stream().anyMatch(line -> line.contains("SIGSEGV")));
        }
    }

    @ParameterizedTest
    @CsvSource({"threads, LIMIT_PROCESSES", "processes, LIMIT_PROCESSES", "memory, LIMIT_HEAP"})
    void bombGoesOffInItsOwnJobAndNothingOfItIsLeft(String of, RunnerProblem code) throws Exception {
        ChildFixture job =
                new ChildFixture(directory, "bomb", "{'of': '" + of + "'}", LIMITS.withMemoryBytes(8L << 30));
        assertFailed(code, job.run());
        String mark = job.folder.readOwner().orElseThrow().mark();
        assertTrue(
                ProcessTree.marked(mark).isEmpty(),
                () -> ProcessTree.marked(mark).size() + " processes are left");
    }

    @Test
    void linkInPlaceOfACrashReportIsNotRead() throws Exception {
        Path secret = Files.writeString(directory.resolve("secret"), "the secret (0x1)");
        ChildFixture job = new ChildFixture(directory, "ending", "{'how': 'exit'}");
        Files.createSymbolicLink(job.folder.temporary().resolve(ChildProcess.CRASH_REPORT), secret);
        assertFailed(RunnerProblem.CHILD_EXITED, job.run());
        assertFalse(job.recorder.lines().stream().anyMatch(line -> line.contains("secret")));
    }

    @Test
    void floodOfOutputEndsTheJobAndTheLogStaysSmall() throws Exception {
        ChildFixture job = new ChildFixture(directory, "flood", "{}");
        assertContains(
                "more than 64 MiB of output",
                assertFailed(RunnerProblem.LIMIT_OUTPUT, job.run()).detail());
        assertTrue(job.recorder.lines().stream().mapToInt(String::length).sum() <= 2 * ChildLog.MAX_KEPT);
    }

    @Test
    void bytesThatAreNoFrameEndTheJob() throws Exception {
        Problem problem =
                assertFailed(RunnerProblem.CHILD_PROTOCOL, new ChildFixture(directory, "garbage", "{}").run());
        assertContains("(bytes 'this')", problem.detail());
    }

    @ParameterizedTest
    @ValueSource(strings = {"result", "exit", "loop"})
    void forkedProcessesAreGoneWithTheJob(String then) throws Exception {
        Limits limits = then.equals("loop") ? LIMITS.withWallTime(Duration.ofSeconds(15)) : LIMITS;
        ChildFixture job = new ChildFixture(directory, "forking", "{'then': '" + then + "'}", limits);
        Outcome outcome = job.run();
        assertEquals(then.equals("result") ? 0 : 3, outcome.exitCode(), outcome::toString);
        List<String> forked = job.recorder.lines().stream()
                .filter(line -> line.startsWith("pid "))
                .toList();
        assertEquals(2, forked.size(), () -> job.recorder.lines().toString());
        for (String line : forked) {
            assertFalse(alive(ChildFixture.pid(line)), () -> line + " is left behind");
        }
    }

    @Test
    void cancelIsHeardByAJobThatListens() throws Exception {
        ChildFixture job = new ChildFixture(directory, "patient", "{}");
        CompletableFuture<Outcome> outcome = job.start();
        long pid = job.loggedPid();
        job.child.cancel();
        assertInstanceOf(Outcome.Cancelled.class, outcome.join());
        assertTrue(job.recorder.lines().contains("heard: true"));
        assertFalse(alive(pid));
    }

    @Test
    void cancelKillsAJobThatDoesNotListen() throws Exception {
        ChildFixture job = new ChildFixture(directory, "loop", "{}");
        CompletableFuture<Outcome> outcome = job.start();
        long pid = job.loggedPid();
        job.child.cancel();
        job.child.cancel(); // twice is once
        assertInstanceOf(Outcome.Cancelled.class, outcome.join());
        assertFalse(alive(pid));
    }

    @Test
    void jobCancelledBeforeItBeganIsNeverForked() throws Exception {
        ChildFixture job = new ChildFixture(directory, "echo", "{}");
        job.child.cancel();
        assertInstanceOf(Outcome.Cancelled.class, job.run());
        assertTrue(job.folder.readOwner().isEmpty());
    }

    @Test
    void interruptedRunnerKillsItsChild() throws Exception {
        ChildFixture job = new ChildFixture(directory, "loop", "{}");
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        Thread runner = Thread.ofPlatform().start(() -> thrown.set(assertThrows(InterruptedException.class, job::run)));
        long pid = job.loggedPid();
        runner.interrupt();
        runner.join();
        assertInstanceOf(InterruptedException.class, thrown.get());
        assertFalse(alive(pid));
    }

    @Test
    void jvmThatCannotStartSaysWhy() throws Exception {
        JobFolder folder = JobFolder.create(directory.resolve("a"), "echo", ChildFixture.json("{}"), List.of(), LIMITS);
        ChildJvm refused = ChildFixture.JVM.withOptions("-XX:NoSuchFlag=1");
        Problem problem = assertFailed(
                RunnerProblem.CHILD_START, new ChildProcess(refused, folder, LIMITS, JobListener.NONE).run());
        assertContains("ended with exit code 1 before it was up", problem.detail());

        ChildJvm absent = new ChildJvm(Path.of("/no/such/java"), List.of(), "", Map.of());
        problem = assertFailed(
                RunnerProblem.CHILD_START, new ChildProcess(absent, folder, LIMITS, JobListener.NONE).run());
        assertContains("/no/such/java", problem.detail());
    }
}
