package org.layerzoo.train;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.io.Safetensors;
import org.layerzoo.core.layer.ParamTree;
import org.layerzoo.core.spi.TrainStage;
import org.layerzoo.core.tensor.TensorScope;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.train.optim.Optimizer;

/** A run on disk: every model of its stages, the optimiser, the average, what was reported, and how far it came. */
final class Checkpoint {
    static final String FILE = "checkpoint.safetensors";

    /** Stage and step that come next. */
    record Place(int stage, int step) {}

    private final List<ParamTree> models = new ArrayList<>();
    private final String plan;
    private final Optional<Path> file;
    private final History history = new History();
    private Place place = new Place(0, 0);
    private Tensors stored = Tensors.empty();

    Checkpoint(List<TrainStage> stages, TrainOptions options) {
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
        if (!plan.equals(c.metadata().get("plan"))) {
            throw new ZooException(
                    ErrorCode.BAD_FILE,
                    path + " belongs to another run: expected " + plan + "; given "
                            + c.metadata().get("plan") + " (remove it to start anew)");
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

    void save(Place at, Optimizer optimizer, Optional<Ema> ema, History done) {
        file.ifPresent(path -> TensorScope.run(() -> write(path, at, optimizer, ema, done)));
    }

    private void write(Path path, Place at, Optimizer optimizer, Optional<Ema> ema, History done) {
        Tensors all = optimizer.state().prefixed("optimizer.").with(done.state().prefixed("history."));
        for (int i = 0; i < models.size(); i++) {
            all = all.with(models.get(i).values().prefixed("model." + i + "."));
        }
        if (ema.isPresent()) {
            all = all.with(ema.get().state().prefixed("ema."));
        }
        Safetensors.write(
                path,
                all,
                Map.of("plan", plan, "stage", Integer.toString(at.stage()), "step", Integer.toString(at.step())));
    }
}
