package org.layerzoo.runner.child;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.layerzoo.figures.CountsCases;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** A job that runs as another user reaches its own folder and nothing of its runner's. Only root can have that. */
@CountsCases("jobs that read files, environment and tokens of their runner")
@Timeout(300)
class JobUserTest {
    private static final boolean ROOT = "root".equals(System.getProperty("user.name"));
    private static final String USER = "nobody";

    @TempDir
    Path directory;

    /** What the child needs must be readable by all, and a class path below a home folder is not. */
    private ChildJvm jvm() throws IOException {
        Path copies = Files.createDirectory(directory.resolve("lib"));
        List<String> path = new ArrayList<>();
        for (String entry : ChildJvm.current().classPath().split(File.pathSeparator)) {
            Path from = Path.of(entry);
            Path to = copies.resolve(path.size() + "-" + from.getFileName());
            copy(from, to);
            path.add(to.toString());
        }
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        return ChildFixture.JVM
                .withClassPath(String.join(File.pathSeparator, path))
                .asUser(USER);
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            files.forEach(file -> {
                try {
                    Files.copy(file, to.resolve(from.relativize(file).toString()));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        }
    }

    private JsonNode spy(ChildJvm jvm, List<Path> files) throws Exception {
        ObjectNode spec = JsonNodeFactory.instance.objectNode();
        files.forEach(file -> spec.withArray("read").add(file.toString()));
        spec.put("runner", Long.toString(ProcessHandle.current().pid()));
        JobFolder folder = JobFolder.create(directory.resolve("jobs/job"), "spy", spec, List.of(), ChildFixture.LIMITS);
        jvm.lend(folder);
        Recorder recorder = new Recorder();
        Outcome outcome = new ChildProcess(jvm, folder, ChildFixture.LIMITS, recorder).run();
        Outcome.Succeeded done =
                assertInstanceOf(Outcome.Succeeded.class, outcome, () -> outcome + " " + recorder.lines());
        assertEquals("its own", Files.readString(done.files().getFirst()));
        return done.json();
    }

    @Test
    void jobOfAnotherUserReachesNothingOfItsRunners() throws Exception {
        if (!ROOT) {
            assertTrue(assertThrows(IllegalArgumentException.class, () -> ChildJvm.current()
                            .asUser(USER))
                    .getMessage()
                    .contains("only root"));
            return;
        }
        ChildJvm jvm = jvm();
        Path token = Files.createFile(
                directory.resolve("admin.token"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(token, "zoo_secret");
        Path own = Path.of("/proc/" + ProcessHandle.current().pid());
        List<Path> secrets = List.of(token, own.resolve("environ"), own.resolve("mem"), Path.of("/etc/shadow"));
        JsonNode found = spy(jvm, secrets);
        assertEquals(USER, found.path("user").asString());
        secrets.forEach(
                file -> assertEquals("refused", found.path(file.toString()).asString(), file::toString));
        assertFalse(found.path("signal").asBoolean(), "it may send signals to its runner");
        assertFalse(found.path("write").asBoolean(), "it may write beside its folder");
        assertFalse(found.path("job").asBoolean(), "it may say which process is to be killed in its place");
    }

    @Test
    void whatTheUserCannotReadIsNamedBeforeAnyJobRuns() throws Exception {
        if (!ROOT) {
            assertTrue(ChildJvm.current().cannotWorkIn(directory).isEmpty());
            return;
        }
        ChildJvm jvm = jvm();
        assertTrue(jvm.cannotWorkIn(directory).isEmpty());
        Path closed = Files.createDirectory(
                directory.resolve("closed"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        assertTrue(jvm.cannotWorkIn(closed).orElseThrow().contains(closed + " cannot be read by that user"));
        assertTrue(jvm.withClassPath(closed.resolve("a.jar").toString())
                .cannotWorkIn(directory)
                .orElseThrow()
                .contains("a.jar"));
    }

    @Test
    void usersThatAreNoneOrRootAreRefused() {
        String unknown = assertThrows(
                        IllegalArgumentException.class, () -> ChildJvm.current().asUser("no-such-user"))
                .getMessage();
        assertTrue(unknown.contains(ROOT ? "there is no user 'no-such-user'" : "only root"), unknown);
        assertThrows(IllegalArgumentException.class, () -> ChildJvm.current().asUser("root"));
    }
}
