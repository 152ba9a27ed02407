package org.layerzoo.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.layerzoo.cli.study.Study;
import org.layerzoo.core.config.Configs;
import org.layerzoo.core.plugin.Ref;
import org.layerzoo.runner.child.Outcome;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Takes a study's parts from a queue, each as a job in a JVM of its own, and keeps every row as soon as it is known. */
final class StudyWorkers {
    private final PrintWriter err;
    private final boolean debug;
    private final StudyCommand.StudyRun run;
    private final int parts;
    private final AtomicInteger done = new AtomicInteger();

    StudyWorkers(PrintWriter err, boolean debug, StudyCommand.StudyRun run, int parts) {
        this.err = err;
        this.debug = debug;
        this.run = run;
        this.parts = parts;
    }

    /** @throws CommandFailure exit 3 when the study was cancelled or no job can be started; what is done is kept */
    void work(Queue<Study.Part> left, int workers) {
        try (ExecutorService threads = Executors.newFixedThreadPool(workers)) {
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < workers; i++) {
                all.add(threads.submit((Callable<Void>) () -> {
                    one(left);
                    return null;
                }));
            }
            for (Future<?> f : all) {
                f.get();
            }
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException r
                    ? r
                    : CommandFailure.cannotRun("the study cannot go on: " + e.getCause(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw CommandFailure.cannotRun("interrupted", e);
        }
    }

    private void one(Queue<Study.Part> left) throws IOException {
        try (Jobs jobs = new Jobs(err, debug)) {
            for (Study.Part p = left.poll(); p != null; p = left.poll()) {
                List<String> missing =
                        p.keys().stream().filter(k -> !run.file().has(k)).toList();
                if (!missing.isEmpty()) {
                    part(jobs, p, missing);
                }
                done.incrementAndGet();
            }
        }
    }

    private void part(Jobs jobs, Study.Part p, List<String> missing) throws IOException {
        ObjectNode spec = p.spec().deepCopy();
        if (spec.path("rows") instanceof ArrayNode rows) {
            List<JsonNode> wanted = rows.valueStream()
                    .filter(r -> missing.contains(r.path("key").asString()))
                    .toList();
            rows.removeAll().addAll(wanted);
        }
        double share = 1.0 / parts;
        Outcome outcome = jobs.outcome(
                p.job(), spec, run.plugins(), run.limits().apply(p), done.get() * share, share, d -> announced(p, d));
        switch (outcome) {
            case Outcome.Succeeded s -> keep(p, run.study().rows(p, s.json()));
            case Outcome.Refused r -> refuse(p, missing, r.problem().detail());
            case Outcome.Failed f -> refuse(p, missing, Jobs.said(f.problem()));
            case Outcome.Cancelled c ->
                throw CommandFailure.of(c.exitCode(), "the study was cancelled; --resume goes on");
        }
    }

    private void announced(Study.Part p, JsonNode document) {
        if (document.path("row") instanceof ObjectNode row) {
            try {
                keep(p, List.of(row));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private void keep(Study.Part p, List<ObjectNode> rows) throws IOException {
        Map<String, String> used = new TreeMap<>();
        used.put(Ref.parse(p.id()).id(), run.versions().get(p.id()));
        p.plugins().forEach(id -> used.put(Ref.parse(id).id(), run.versions().get(id)));
        run.file().add(rows, used);
    }

    /** Rows that a job owes say why they are not there. */
    private void refuse(Study.Part p, List<String> keys, String why) throws IOException {
        err.println("zoo: " + p.id() + ": " + why);
        List<ObjectNode> rows = keys.stream()
                .filter(k -> !run.file().has(k))
                .map(k -> Configs.mapper()
                        .createObjectNode()
                        .put("key", k)
                        .put("id", p.id())
                        .put("refused", why))
                .toList();
        keep(p, rows);
    }
}
