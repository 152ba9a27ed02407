package org.layerzoo.cli;

import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.function.Consumer;
import org.layerzoo.runner.child.ChildJvm;
import org.layerzoo.runner.child.Limits;
import org.layerzoo.runner.child.LocalJobs;
import org.layerzoo.runner.child.Outcome;
import org.layerzoo.runner.child.PluginJar;
import org.layerzoo.runner.child.Problem;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Runs jobs of this command in child JVMs; their files live until it is closed. */
final class Jobs implements AutoCloseable {
    private final LocalJobs jobs;
    private final PrintWriter err;
    private final boolean debug;

    Jobs(PrintWriter err, boolean debug) {
        this(err, debug, List.of());
    }

    /** @param further jars on the children's class path */
    Jobs(PrintWriter err, boolean debug, List<Path> further) {
        this.err = err;
        this.debug = debug;
        ChildJvm child = ChildJvm.current();
        String classPath =
                further.stream().map(Path::toString).reduce(child.classPath(), (a, b) -> a + File.pathSeparator + b);
        try {
            this.jobs = LocalJobs.open(child.withClassPath(classPath));
        } catch (IOException e) {
            throw CommandFailure.cannotRun("the temporary folder for jobs cannot be made: " + e, e);
        }
    }

    /** How a job ended, with its share of the command's progress. */
    Outcome outcome(String kind, ObjectNode spec, List<PluginJar> plugins, Limits limits, double from, double share) {
        return outcome(kind, spec, plugins, limits, from, share, document -> {});
    }

    /** The same; {@code announced} hears what the job says of itself while it goes on. */
    Outcome outcome(
            String kind,
            ObjectNode spec,
            List<PluginJar> plugins,
            Limits limits,
            double from,
            double share,
            Consumer<JsonNode> announced) {
        if (debug) {
            spec.put("debug", true);
        }
        try (ProgressBar bar = new ProgressBar(err, debug, from, share, announced)) {
            return jobs.run(kind, spec, plugins, limits, bar);
        } catch (IOException e) {
            throw CommandFailure.cannotRun("the job cannot be started: " + e, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw CommandFailure.cannotRun("interrupted", e);
        }
    }

    /** The result of a job; whatever else it ends with is this command's failure. */
    Outcome.Succeeded result(String kind, ObjectNode spec, List<PluginJar> plugins, Limits limits) {
        Outcome outcome = outcome(kind, spec, plugins, limits, 0, 1);
        return switch (outcome) {
            case Outcome.Succeeded s -> s;
            case Outcome.Refused r ->
                throw CommandFailure.of(r.exitCode(), r.problem().detail());
            case Outcome.Failed f -> throw CommandFailure.of(f.exitCode(), said(f.problem()));
            case Outcome.Cancelled c -> throw CommandFailure.of(c.exitCode(), "the job was cancelled");
        };
    }

    /** Detail of a failure; its title says which limit or protection it was. */
    static String said(Problem p) {
        return p.title() + ": " + p.detail();
    }

    /** Puts a result file where the user wants it, whole or not at all. */
    static void deliver(Path from, Path to) {
        Path target = to.toAbsolutePath();
        Path part = target.resolveSibling("." + target.getFileName() + ".part");
        try {
            Files.copy(from, part, StandardCopyOption.REPLACE_EXISTING);
            Files.move(part, target, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            try {
                Files.deleteIfExists(part);
            } catch (IOException second) {
                e.addSuppressed(second);
            }
            String why = e instanceof NoSuchFileException ? "its folder does not exist" : e.getMessage();
            throw CommandFailure.cannotRun("cannot write " + to + ": " + why, e);
        }
    }

    @Override
    public void close() {
        jobs.close();
    }
}
