package org.layerzoo.train;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.spi.Batches;
import org.layerzoo.core.spi.RunContext;
import org.layerzoo.core.spi.TrainStage;
import org.layerzoo.core.tensor.TensorScope;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.train.optim.Optimizer;
import org.layerzoo.train.optim.Schedule;

/**
 * Runs stages in order. Step n of the whole run sees batch n of the data and draws of its own, so a run that was
 * stopped and continues from its checkpoint ends with the same bits.
 */
public final class Trainer {
    /** The history's series of gradient norms before clipping. */
    public static final String GRADIENT_NORM = "gradient_norm";

    /** Replaced parameters wait for the garbage collector, which does not feel memory outside its heap. */
    private static final long COLLECT_AFTER = 256L << 20;

    private final TrainOptions options;
    private final RunContext context;
    private long replaced;

    /**
     * What a run leaves besides the trained models.
     *
     * @param ema by path, of the last stage
     * @param resumedAt steps of the whole run that a checkpoint held already, 0 for none
     */
    public record Result(History history, Optional<Tensors> ema, long resumedAt) {}

    public Trainer(TrainOptions options, RunContext context) {
        this.options = options;
        this.context = context;
    }

    /**
     * @throws ZooException NOT_FINITE when a loss is, CANCELLED when asked to end (after a checkpoint), BAD_FILE when the
     *     checkpoint belongs to another run
     */
    public Result run(List<TrainStage> stages, Batches data) {
        Checkpoint checkpoint = new Checkpoint(stages, options);
        Checkpoint.Place from = checkpoint.place();
        History history = checkpoint.history();
        Optional<Ema> ema = Optional.empty();
        long before = 0;
        long resumedAt = 0;
        for (int i = 0; i < stages.size(); i++) {
            TrainStage stage = stages.get(i);
            if (i >= from.stage()) {
                List<Param> trained = trained(stage);
                Optimizer optimizer = Optimizer.of(stage.optim(), trained);
                ema = options.ema().isPresent()
                        ? Optional.of(new Ema(trained, options.ema().getAsDouble()))
                        : Optional.empty();
                int first = i == from.stage() ? from.step() : 0;
                if (first > 0) {
                    checkpoint.restore(optimizer, ema);
                }
                new Running(checkpoint, i, stage, optimizer, ema, history).steps(first, before, data, total(stages));
            }
            resumedAt += i < from.stage() ? stage.steps() : i == from.stage() ? from.step() : 0;
            before += stage.steps();
        }
        return new Result(history, ema.map(Ema::values), resumedAt);
    }

    private static List<Param> trained(TrainStage stage) {
        return stage.model().params().trainable().stream()
                .filter(p -> p.spec().dtype().isFloating())
                .filter(stage.trainable())
                .toList();
    }

    private static long total(List<TrainStage> stages) {
        return stages.stream().mapToLong(TrainStage::steps).sum();
    }

    /** One stage under way. */
    private final class Running {
        private final Checkpoint checkpoint;
        private final int index;
        private final TrainStage stage;
        private final Optimizer optimizer;
        private final Optional<Ema> ema;
        private final History history;
        private final Schedule schedule;
        private Map<String, Double> last = Map.of();

        Running(
                Checkpoint checkpoint,
                int index,
                TrainStage stage,
                Optimizer optimizer,
                Optional<Ema> ema,
                History history) {
            this.checkpoint = checkpoint;
            this.index = index;
            this.stage = stage;
            this.optimizer = optimizer;
            this.ema = ema;
            this.history = history;
            this.schedule = Schedule.of(stage.optim(), stage.steps());
        }

        void steps(int first, long before, Batches data, long total) {
            for (int step = first; step < stage.steps(); step++) {
                cancelled(step);
                int n = step;
                TensorScope.run(() -> one(n, before + n, data));
                ema.ifPresent(Ema::update);
                collect();
                context.progress((before + step + 1.0) / total, message(step));
                if ((step + 1) % options.checkpointEvery() == 0 && step + 1 < stage.steps()) {
                    save(step + 1);
                }
            }
            save(stage.steps());
        }

        private void one(int step, long global, Batches data) {
            double rate = stage.optim().learningRate() * schedule.factor(step);
            Step s = new Step(
                    stage, step, data.get(global), context.draws().at("train").step(global), optimizer, rate);
            Map<String, Double> metrics = stage.program().step(s);
            s.commit();
            history.add(index, step, metrics);
            s.gradientNorm().ifPresent(n -> history.add(index, step, Map.of(GRADIENT_NORM, n)));
            last = metrics;
        }

        private void cancelled(int step) {
            try {
                context.checkCancelled();
            } catch (ZooException e) {
                if (e.code() == ErrorCode.CANCELLED) {
                    save(step);
                }
                throw e;
            }
        }

        private void save(int step) {
            checkpoint.save(new Checkpoint.Place(index, step), optimizer, ema, history);
        }

        private void collect() {
            replaced +=
                    optimizer.params().stream().mapToLong(p -> p.spec().bytes()).sum();
            if (replaced > COLLECT_AFTER) {
                replaced = 0;
                System.gc();
            }
        }

        private String message(int step) {
            String shown = new TreeMap<>(last)
                    .entrySet().stream()
                            .map(e -> String.format(Locale.ROOT, "%s %.4g", e.getKey(), e.getValue()))
                            .collect(Collectors.joining(" "));
            return stage.name() + " " + (step + 1) + "/" + stage.steps() + " " + shown;
        }
    }
}
