package org.layerzoo.train;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.Collectors;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.config.Configs;
import org.layerzoo.core.io.Safetensors;
import org.layerzoo.core.layer.ParamTree;
import org.layerzoo.core.spi.TrainStage;
import org.layerzoo.core.tensor.TensorScope;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.train.optim.Optimizer;
import tools.jackson.databind.node.ObjectNode;

/**
 * A run on disk: every model of its stages, the optimiser, the average, what was reported, and how far it came. The file
 * of tensors is the truth; {@link #SUMMARY} beside it is for people and scripts, and may be one checkpoint older.
 */
final class Checkpoint {
    static final String FILE = "checkpoint.safetensors";
    static final String SUMMARY = "checkpoint.json";

    /** Stage and step that come next. */
    record Place(int stage, int step) {}

    private final List<ParamTree> models = new ArrayList<>();
    private final List<TrainStage> stages;
    private final String plan;
    private final RunIdentity run;
    private final Optional<Path> file;
    private final History history = new History();
    private Place place = new Place(0, 0);
    private Tensors stored = Tensors.empty();

    /** @throws ZooException BAD_FILE when there is one to resume and it is broken or belongs to another run */
    Checkpoint(List<TrainStage> stages, TrainOptions options) {
        this.stages = stages;
        this.run = new RunIdentity(options.run());
        for (TrainStage s : stages) {
            if (models.stream().noneMatch(m -> m == s.model().params())) {
                models.add(s.model().params());
            }
        }
        plan = stages.stream()
                .map(s -> s.name() + " of " + s.steps() + " steps, " + s.optim())
                .collect(Collectors.joining("; "));
        file = options.directory().map(d -> d.resolve(FILE));
        options.directory().ifPresent(Checkpoint::create);
        if (options.resume() && file.isPresent() && Files.exists(file.get())) {
            read(file.get());
        }
    }

    private static void create(Path directory) {
        try {
            Files.createDirectories(directory);
        } catch (IOException e) {
            throw new ZooException(
                    ErrorCode.UNREADABLE, "cannot create " + directory + " for checkpoints: " + e.getMessage(), e);
        }
    }

    private void read(Path path) {
        Safetensors.Content c = Safetensors.read(path);
        String other = run.differences(RunIdentity.read(c.metadata()));
        if (!other.isEmpty()) {
            throw new ZooException(ErrorCode.BAD_FILE, path + " belongs to another run: " + other);
        }
        if (!plan.equals(c.metadata().get("plan"))) {
            throw new ZooException(
                    ErrorCode.BAD_FILE,
                    path + " belongs to another run: expected " + plan + "; given "
                            + c.metadata().get("plan"));
        }
        stored = ModelFile.copies(c.tensors());
        for (int i = 0; i < models.size(); i++) {
            models.get(i).load(stored.under("model." + i + "."), true);
        }
        history.load(stored.under("history."));
        place = new Place(
                Integer.parseInt(c.metadata().get("stage")),
                Integer.parseInt(c.metadata().get("step")));
    }

    /** Where to go on; the beginning when there was nothing to resume. */
    Place place() {
        return place;
    }

    History history() {
        return history;
    }

    void restore(Optimizer optimizer, Optional<Ema> ema) {
        optimizer.load(stored.under("optimizer."));
        ema.ifPresent(e -> e.load(stored.under("ema.")));
        stored = Tensors.empty();
    }

    /** Any step may be interrupted by a cancellation, which would close the file under a writing thread: so it has its own. */
    void save(Place at, Optimizer optimizer, Optional<Ema> ema, History done) {
        file.ifPresent(path -> {
            try {
                CompletableFuture.runAsync(
                                () -> TensorScope.run(() -> write(path, at, optimizer, ema, done)),
                                writing ->
                                        Thread.ofPlatform().name("checkpoint").start(writing))
                        .join();
            } catch (CompletionException e) {
                throw e.getCause() instanceof ZooException z ? z : e;
            }
        });
    }

    private void write(Path path, Place at, Optimizer optimizer, Optional<Ema> ema, History done) {
        Tensors all = optimizer.state().prefixed("optimizer.").with(done.state().prefixed("history."));
        for (int i = 0; i < models.size(); i++) {
            all = all.with(models.get(i).values().prefixed("model." + i + "."));
        }
        if (ema.isPresent()) {
            all = all.with(ema.get().state().prefixed("ema."));
        }
        Map<String, String> about = new TreeMap<>(run.metadata());
        about.put("plan", plan);
        about.put("stage", Integer.toString(at.stage()));
        about.put("step", Integer.toString(at.step()));
        Safetensors.write(path, all, about);
        summarise(path.resolveSibling(SUMMARY), at);
    }

    private void summarise(Path summary, Place at) {
        TrainStage stage = stages.get(at.stage());
        ObjectNode o = Configs.mapper().createObjectNode();
        o.put("stage", stage.name()).put("step", at.step()).put("steps", stage.steps());
        o.put("finished", at.stage() == stages.size() - 1 && at.step() == stage.steps());
        o.put("optimizer", stage.optim().optimizer()).put("digest", run.digest());
        ObjectNode options = o.putObject("run");
        run.options().forEach(options::put);
        Path part = summary.resolveSibling("." + SUMMARY + ".part");
        try {
            Files.write(part, Configs.mapper().writerWithDefaultPrettyPrinter().writeValueAsBytes(o));
            Files.move(part, summary, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new ZooException(ErrorCode.UNREADABLE, "cannot write " + summary + ": " + e.getMessage(), e);
        }
    }
}
