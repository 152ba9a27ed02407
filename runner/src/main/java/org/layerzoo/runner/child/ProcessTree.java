package org.layerzoo.runner.child;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * A child and every process that it started.
 *
 * <p>A process whose parent died belongs to nobody, so descendants are noted while the child lives; on Linux those that
 * were never seen are found by the mark that they inherited in their environment. Handles compare start times, so a
 * process id that was given away again is never hit.
 */
final class ProcessTree {
    private static final Path PROC = Path.of("/proc");
    private static final int ROUNDS = 10;
    private static final int QUIET_ROUNDS = 3;
    private static final Duration PAUSE = Duration.ofMillis(5);
    private static final Duration PATIENCE = Duration.ofSeconds(1);

    private final ProcessHandle root;
    private final String mark;
    private final Set<ProcessHandle> seen = ConcurrentHashMap.newKeySet();

    ProcessTree(ProcessHandle root, String mark) {
        this.root = root;
        this.mark = mark;
    }

    /** The tree that an earlier runner left, or empty when its root ended and nothing bears its mark. */
    static Optional<ProcessTree> of(JobFolder.Owner owner) {
        Optional<ProcessHandle> root =
                ProcessHandle.of(owner.pid()).filter(handle -> startedAtMillis(handle) == owner.startedAtMillis());
        List<ProcessHandle> marked = marked(owner.mark());
        return root.or(() -> marked.stream().findFirst()).map(handle -> new ProcessTree(handle, owner.mark()));
    }

    /** This tree as {@code process.json} holds it. */
    JobFolder.Owner owner() {
        return new JobFolder.Owner(root.pid(), startedAtMillis(root), mark);
    }

    private static long startedAtMillis(ProcessHandle handle) {
        return handle.info().startInstant().map(Instant::toEpochMilli).orElse(-1L);
    }

    /** Notes the descendants that are alive now. */
    void look() {
        root.descendants().forEach(seen::add);
        seen.removeIf(handle -> !handle.isAlive());
    }

    /** The memory that the child and its known descendants hold, in bytes. */
    long residentBytes() throws IOException {
        long sum = ResidentMemory.of(root.pid()).orElse(0);
        for (ProcessHandle handle : seen) {
            OptionalLong bytes = ResidentMemory.of(handle.pid());
            sum += bytes.orElse(0);
        }
        return sum;
    }

    /** How many processes the child and its known descendants are. */
    int processes() {
        return seen.size() + 1;
    }

    /** The threads of the child and of its known descendants. */
    int threads() {
        return Tasks.of(root.pid())
                + seen.stream().mapToInt(handle -> Tasks.of(handle.pid())).sum();
    }

    /** Kills the child and its descendants. */
    void kill() {
        look();
        root.destroyForcibly();
        killDescendants();
        await(List.of(root));
    }

    /** Kills all that the child started, and leaves the child itself. */
    void killDescendants() {
        look();
        int quiet = 0;
        for (int round = 0; round < ROUNDS && quiet < QUIET_ROUNDS; round++) {
            List<ProcessHandle> left = new ArrayList<>(seen);
            left.addAll(marked(mark));
            left.removeIf(handle -> handle.equals(root) || !alive(handle));
            left.forEach(ProcessHandle::destroyForcibly);
            await(left);
            quiet = left.isEmpty() ? quiet + 1 : 0;
            // a process that is just becoming another program shows no environment for a moment
            LockSupport.parkNanos(PAUSE.toNanos());
        }
    }

    /** Waits for the end of killed processes; those that are stuck in the kernel are given up after a second. */
    private static void await(List<ProcessHandle> handles) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        try {
            while (handles.stream().anyMatch(ProcessTree::alive) && System.nanoTime() < deadline) {
                Thread.sleep(5);
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    /** Alive and no zombie: in a container without an init nobody collects orphans. */
    private static boolean alive(ProcessHandle handle) {
        try {
            return handle.isAlive() && ResidentMemory.of(handle.pid()).isPresent();
        } catch (IOException _) {
            return handle.isAlive();
        }
    }

    /** The processes whose environment bears the mark; empty where /proc does not exist. */
    static List<ProcessHandle> marked(String mark) {
        if (!Files.isReadable(PROC.resolve("self/environ"))) {
            return List.of();
        }
        String wanted = "\0" + ChildJvm.MARK + "=" + mark + "\0";
        try (Stream<Path> entries = Files.list(PROC)) {
            return entries.map(path -> path.getFileName().toString())
                    .filter(name -> name.chars().allMatch(Character::isDigit))
                    .filter(name -> environment(name).contains(wanted))
                    .flatMap(name -> ProcessHandle.of(Long.parseLong(name)).stream())
                    .toList();
        } catch (IOException | UncheckedIOException _) {
            return List.of();
        }
    }

    private static String environment(String pid) {
        try {
            return "\0" + Files.readString(PROC.resolve(pid).resolve("environ"), StandardCharsets.ISO_8859_1);
        } catch (IOException _) {
            return ""; // ended meanwhile, or another user's
        }
    }
}
