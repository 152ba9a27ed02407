package org.layerzoo.runner.child;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.layerzoo.runner.child.ChildFixture.LIMITS;
import static org.layerzoo.runner.child.ChildFixture.assertContains;
import static org.layerzoo.runner.child.ChildFixture.assertFailed;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

@Timeout(300)
class ChildProcessTest {
    @TempDir
    Path directory;

    @Test
    void jobGetsItsSpecAndLimitsAndGivesBackItsResultFilesProgressAndLog() throws Exception {
        ChildFixture job = new ChildFixture(directory, "echo", "{'n': 3}", LIMITS.withThreads(1));
        Outcome.Succeeded done = assertInstanceOf(Outcome.Succeeded.class, job.run());

        assertEquals(3, done.json().path("spec").path("n").asInt());
        assertEquals(1, done.json().path("threads").asInt());
        assertEquals(LIMITS.memoryBytes(), done.json().path("memoryBytes").asLong());
        assertTrue(done.json().path("heap").asLong() <= LIMITS.heapBytes());
        assertEquals("/plugins/mamba.jar", done.json().path("plugin mamba").asString());
        assertEquals(-1, done.json().path("stdin").asInt(), "standard input is empty");
        assertEquals(List.of(job.folder.outputs().resolve("answer.txt")), done.files());
        assertEquals("42", Files.readString(done.files().getFirst()));
        assertEquals(List.of(0.25, 1.0), job.recorder.fractions());
        assertEquals(List.of("a quarter", "done"), job.recorder.messages());
        assertEquals(Set.of("first", "second", "printed", "printed past Java"), Set.copyOf(job.recorder.lines()));
        assertEquals(0, done.exitCode());
    }

    @Test
    void environmentOfTheChildHoldsNothingButTheWhitelist() throws Exception {
        ChildFixture job = new ChildFixture(directory, "echo", "{}");
        JsonNode environment =
                assertInstanceOf(Outcome.Succeeded.class, job.run()).json().path("environment");

        Set<String> names = environment.propertyStream().map(e -> e.getKey()).collect(Collectors.toSet());
        Set<String> allowed = new HashSet<>(ChildJvm.inherited(System.getenv()).keySet());
        allowed.addAll(Set.of("TMPDIR", ChildJvm.MARK));
        assertEquals(allowed, names);
        assertEquals(
                job.folder.temporary().toString(), environment.path("TMPDIR").asString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"outside", "missing", "link"})
    void resultFilesThatAreNotTheJobsAreRefused(String how) throws Exception {
        ChildFixture job = new ChildFixture(directory, "bad-files", "{'how': '" + how + "'}");
        assertFailed(RunnerProblem.RESULT_INVALID, job.run());
    }

    @Test
    void resultLargerThanAFrameIsAClearProblem() throws Exception {
        ChildFixture job = new ChildFixture(directory, "huge", "{}", LIMITS.withHeapBytes(256L << 20));
        assertContains(
                "too large",
                assertFailed(RunnerProblem.RESULT_INVALID, job.run()).detail());
    }

    @Test
    void unknownKindNamesTheKnownOnes() throws Exception {
        Outcome outcome = new ChildFixture(directory, "alchemy", "{}").run();
        Problem problem = assertInstanceOf(Outcome.Refused.class, outcome).problem();
        assertEquals("job-kind-unknown", problem.code());
        assertEquals(2, outcome.exitCode());
        assertContains("'alchemy'", problem.detail());
        assertContains("echo", problem.detail());
    }

    @Test
    void unreadableJobFileIsBadInput() throws Exception {
        ChildFixture job = new ChildFixture(directory, "echo", "{}");
        Files.writeString(job.folder.path().resolve("job.json"), "{\"kind\": \"echo\"");
        Problem problem = assertInstanceOf(Outcome.Refused.class, job.run()).problem();
        assertEquals("job-unreadable", problem.code());
    }

    @ParameterizedTest
    @CsvSource({"1", "2", "3"})
    void jobProblemKeepsItsCodeAndExitCode(int exit) throws Exception {
        ChildFixture job = new ChildFixture(directory, "throwing", "{'what': 'problem', 'exit': " + exit + "}");
        Outcome outcome = job.run();
        assertEquals(exit, outcome.exitCode());
        Problem expected = new Problem("wrong-shape", "Wrong shape", "x must be [2, 8], not [3]", exit);
        assertEquals(Outcome.of(expected), outcome);
        assertFalse(job.recorder.lines().stream().anyMatch(line -> line.startsWith("\tat ")), "no stack trace");
    }

    @ParameterizedTest
    @CsvSource({
        "checked, the job threw java.io.IOException: two / lines",
        "error, the job threw java.lang.LinkageError: old class",
        "stack, the job threw java.lang.StackOverflowError",
        "other, the job threw java.lang.IllegalStateException"
    })
    void anyOtherThrowableIsOneLineAndItsStackIsInTheLog(String what, String line) throws Exception {
        ChildFixture job = new ChildFixture(directory, "throwing", "{'what': '" + what + "'}");
        assertEquals(line, assertFailed(RunnerProblem.JOB_THREW, job.run()).detail());
        assertTrue(job.recorder.lines().stream().anyMatch(text -> text.startsWith("\tat ")), "stack trace in the log");
    }

    @Test
    void childThatCannotLeaveIsKilledAndItsResultKept() throws Exception {
        ChildFixture job = new ChildFixture(directory, "sticky", "{}");
        Outcome.Succeeded done = assertInstanceOf(Outcome.Succeeded.class, job.run());
        assertEquals("yes", done.json().path("sticky").asString());
        assertFalse(ChildFixture.alive(job.folder.readOwner().orElseThrow().pid()));
    }

    @Test
    void longLogIsCutAndSaysSo() throws Exception {
        ChildFixture job = new ChildFixture(directory, "chatty", "{}");
        assertInstanceOf(Outcome.Succeeded.class, job.run());
        List<String> lines = job.recorder.lines();
        assertTrue(lines.stream().mapToInt(String::length).sum() <= ChildLog.MAX_KEPT + ChildLog.MAX_LINE);
        assertTrue(lines.stream().allMatch(line -> line.length() <= ChildLog.MAX_LINE));
        assertContains("more lines were not kept", lines.getLast());
    }
}
