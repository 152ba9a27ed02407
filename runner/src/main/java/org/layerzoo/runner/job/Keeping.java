package org.layerzoo.runner.job;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.plugin.Ref;
import org.layerzoo.runner.child.PluginJar;
import org.layerzoo.train.TrainOptions;
import tools.jackson.databind.JsonNode;

/**
 * Where a training keeps its checkpoints. Spec: checkpoints {folder, every, restart}; without it nothing is kept.
 *
 * @param restart begin anew, whatever the folder holds
 */
record Keeping(Optional<Path> folder, int every, boolean restart, SortedMap<String, String> run) {
    private static final List<String> FILES = List.of("checkpoint.safetensors", "checkpoint.json");

    /** What does not change a number: where results go and how much is told. */
    private static final List<String> APART = List.of("checkpoints", "debug");

    static Keeping of(ZooJob.Work work) {
        Optional<Spec> asked = work.spec().object("checkpoints").map(Spec::new);
        return new Keeping(
                asked.flatMap(s -> s.path("folder")),
                asked.map(s -> s.integer("every", 50)).orElse(Integer.MAX_VALUE),
                asked.map(s -> s.flag("restart")).orElse(false),
                identity(work));
    }

    /** Every option of the job, and the versions of the plugins that it names. */
    private static SortedMap<String, String> identity(ZooJob.Work work) {
        SortedMap<String, String> out = new TreeMap<>();
        Map<String, String> versions = new TreeMap<>();
        work.context().plugins().forEach((PluginJar j) -> versions.put(j.id(), j.version()));
        for (Map.Entry<String, JsonNode> e : work.spec().json().properties()) {
            if (!APART.contains(e.getKey())) {
                JsonNode v = e.getValue();
                out.put(e.getKey(), v.isString() ? v.stringValue() : v.toString());
            }
        }
        out.put("plugin", new Spec(work.spec().object("plugin").orElseThrow()).text("id"));
        for (String name : List.of("plugin", "task", "recipe", "subject")) {
            Optional.ofNullable(out.get(name))
                    .filter(ref -> !ref.endsWith(".safetensors"))
                    .map(ref -> versions.get(Ref.parse(ref).id()))
                    .ifPresent(version -> out.put("version of the " + name, version));
        }
        return out;
    }

    /** How the trainer keeps the run; what is there is removed when the run is to begin anew. */
    TrainOptions options() {
        if (restart) {
            folder.ifPresent(Keeping::clear);
        }
        return folder.map(f -> TrainOptions.in(f, every).withRun(run)).orElseGet(TrainOptions::inMemory);
    }

    private static void clear(Path folder) {
        for (String name : FILES) {
            try {
                Files.deleteIfExists(folder.resolve(name));
            } catch (IOException e) {
                throw new ZooException(
                        ErrorCode.UNREADABLE, "cannot remove " + folder.resolve(name) + ": " + e.getMessage(), e);
            }
        }
    }

    /** Runs the training; a folder with a checkpoint that does not fit is refused with the way on. */
    <T> T run(Supplier<T> training) {
        try {
            return training.get();
        } catch (ZooException e) {
            if (e.code() == ErrorCode.BAD_FILE && folder.isPresent()) {
                throw new ZooException(
                        e.code(), e.getMessage() + "; --restart begins anew, --out may name another folder", e);
            }
            throw e;
        }
    }
}
