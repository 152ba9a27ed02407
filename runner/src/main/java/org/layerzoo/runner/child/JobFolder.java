package org.layerzoo.runner.child;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * The folder of one job: {@code job.json}, {@code outputs/} for result files, {@code tmp/}, and {@code process.json} that
 * tells a later runner which process to end when this one died. It is all that a child is given.
 *
 * @param path the folder, absolute
 */
public record JobFolder(Path path) {
    static final String OUTPUTS = "outputs";
    static final String TEMPORARY = "tmp";
    private static final String JOB = "job.json";
    private static final String PROCESS = "process.json";

    public JobFolder {
        path = path.toAbsolutePath().normalize();
    }

    /** What is to be done, as {@code job.json} holds it. */
    record Job(String kind, JsonNode spec, List<PluginJar> plugins, Limits.Json limits) {
        Job {
            Objects.requireNonNull(kind, "kind is missing");
            Objects.requireNonNull(spec, "spec is missing");
            plugins = List.copyOf(Objects.requireNonNull(plugins, "plugins are missing"));
            Objects.requireNonNull(limits, "limits are missing");
        }
    }

    /** The process that runs the job. */
    record Owner(long pid, long startedAtMillis, String mark) {}

    /**
     * Makes the folder and writes {@code job.json} into it.
     *
     * @param path a folder that does not exist yet, or an empty one
     * @throws IOException when it cannot be made or written
     */
    public static JobFolder create(Path path, String kind, JsonNode spec, List<PluginJar> plugins, Limits limits)
            throws IOException {
        JobFolder folder = new JobFolder(path);
        Files.createDirectories(folder.path.resolve(OUTPUTS));
        Files.createDirectories(folder.path.resolve(TEMPORARY));
        write(folder.path.resolve(JOB), new Job(kind, spec, plugins, limits.toJson()));
        return folder;
    }

    /** Written by hand, since the JSON library reports a full disk unchecked, which its callers are not ready for. */
    static void write(Path file, Object document) throws IOException {
        Files.write(file, Frames.JSON.writeValueAsBytes(document));
    }

    /** Where result files belong. */
    public Path outputs() {
        return path.resolve(OUTPUTS);
    }

    Path temporary() {
        return path.resolve(TEMPORARY);
    }

    /** Reads {@code job.json}; a {@link JobProblem} says what is wrong with it. */
    Job readJob() {
        try {
            return Frames.JSON.readValue(path.resolve(JOB), Job.class);
        } catch (JacksonException e) {
            throw new JobProblem(RunnerProblem.JOB_UNREADABLE.with(
                    "job.json must hold kind, spec, plugins and limits: " + e.getOriginalMessage()));
        }
    }

    void writeOwner(Owner owner) throws IOException {
        write(path.resolve(PROCESS), owner);
    }

    Optional<Owner> readOwner() {
        if (!Files.isRegularFile(path.resolve(PROCESS))) {
            return Optional.empty();
        }
        try {
            return Optional.of(Frames.JSON.readValue(path.resolve(PROCESS), Owner.class));
        } catch (JacksonException _) {
            return Optional.empty(); // the runner died while it wrote the file: its child saw the pipe close
        }
    }

    /**
     * The file that a child names in its result.
     *
     * @throws JobProblem when it is not a regular file inside this folder, links followed
     */
    Path resultFile(String name) {
        Path file = path.resolve(name).normalize();
        try {
            if (holds(file)) {
                return file;
            }
        } catch (IOException e) {
            throw new JobProblem(RunnerProblem.RESULT_INVALID.with("result file '" + name + "' cannot be read: " + e));
        }
        throw new JobProblem(RunnerProblem.RESULT_INVALID.with(
                "the job names '" + name + "' as a result, which is no file inside its folder"));
    }

    /** Whether this is a regular file inside the folder, links followed. */
    public boolean holds(Path file) throws IOException {
        return Files.isRegularFile(file) && file.toRealPath().startsWith(path.toRealPath());
    }

    /**
     * Ends what is left of this job's process, when its runner died, and deletes the folder.
     *
     * @throws IOException when the folder cannot be deleted
     */
    public void reclaim() throws IOException {
        readOwner().ifPresent(owner -> ProcessTree.of(owner).ifPresent(ProcessTree::kill));
        delete();
    }

    /**
     * Deletes the folder with all in it; links are removed, not followed.
     *
     * @throws IOException when something in it cannot be deleted
     */
    public void delete() throws IOException {
        if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        Files.walkFileTree(path, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.deleteIfExists(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
                if (e instanceof NoSuchFileException) {
                    return FileVisitResult.CONTINUE;
                }
                throw e;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, IOException e) throws IOException {
                if (e != null) {
                    throw e;
                }
                Files.deleteIfExists(directory);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
