package org.layerzoo.runner.child;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Another user as whom children run, so that the runner's files, its token and its processes are out of their reach. Only root may
 * become another user.
 *
 * @param name its name
 * @param uid its number
 * @param gid the number of its first group
 */
record JobUser(String name, int uid, int gid) {
    /** More processes and threads than that the kernel refuses to this user. */
    private static final int MOST_PROCESSES = 8192;

    private static final long PATIENCE_SECONDS = 10;

    /** @throws IllegalArgumentException when this process cannot become that user; the message says why */
    static JobUser of(String name) {
        if (!"root".equals(System.getProperty("user.name"))) {
            throw new IllegalArgumentException("--job-user: only root can run jobs as another user, and this is "
                    + System.getProperty("user.name"));
        }
        JobUser user = new JobUser(name, number(name, "-u"), number(name, "-g"));
        if (user.uid == 0) {
            throw new IllegalArgumentException("--job-user: expected another user than root, given '" + name + "'");
        }
        List<String> probe = new ArrayList<>(user.prefix());
        probe.add("true");
        if (!run(probe).succeeded()) {
            throw new IllegalArgumentException(
                    "--job-user: becoming '" + name
                            + "' does not work here: expected 'setpriv' and 'prlimit' of util-linux, and the right to use them");
        }
        return user;
    }

    private static int number(String name, String option) {
        Ran ran = run(List.of("id", option, "--", name));
        if (!ran.succeeded() || !ran.output().matches("\\d+")) {
            throw new IllegalArgumentException("--job-user: there is no user '" + name + "'");
        }
        return Integer.parseInt(ran.output());
    }

    /** Words in front of a command that let it run as this user, without any right that root has. */
    List<String> prefix() {
        return List.of(
                "prlimit",
                "--nproc=" + MOST_PROCESSES,
                "--",
                "setpriv",
                "--reuid=" + uid,
                "--regid=" + gid,
                "--clear-groups",
                "--no-new-privs",
                "--inh-caps=-all",
                "--bounding-set=-all",
                "--");
    }

    /** Makes the folders of a job that its child writes this user's own; all else stays the runner's. */
    void own(JobFolder folder) throws IOException {
        readable(folder.path());
        for (Path written : List.of(folder.outputs(), folder.temporary())) {
            Files.setAttribute(written, "unix:uid", uid, LinkOption.NOFOLLOW_LINKS);
            Files.setAttribute(written, "unix:gid", gid, LinkOption.NOFOLLOW_LINKS);
            Files.setPosixFilePermissions(written, PosixFilePermissions.fromString("rwx------"));
        }
    }

    private static void readable(Path folder) throws IOException {
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    /** Why this user cannot reach a file, where that is so. */
    Optional<String> cannotRead(Path file) {
        List<String> command = new ArrayList<>(prefix());
        command.addAll(List.of("test", "-r", file.toString()));
        return run(command).succeeded()
                ? Optional.empty()
                : Optional.of(file + " cannot be read by that user; put it where all may read");
    }

    /** What a short command said. */
    private record Ran(boolean succeeded, String output) {}

    private static Ran run(List<String> command) {
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectInput(
                            ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                    .start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            boolean ended = process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS);
            return new Ran(ended && process.exitValue() == 0, output);
        } catch (IOException e) {
            return new Ran(false, e.getMessage());
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return new Ran(false, "interrupted");
        }
    }
}
