package org.layerzoo.plugins.mamba360;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.SequencedMap;
import org.layerzoo.core.report.Block;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.spi.Models;
import org.layerzoo.core.spi.RunContext;
import org.layerzoo.core.spi.Task;
import org.layerzoo.core.spi.TrainStage;
import org.layerzoo.data.sequence.Copy;
import org.layerzoo.data.sequence.Mqar;
import org.layerzoo.nn.host.CausalLmConfig;
import org.layerzoo.nn.host.CausalLmProvider;
import org.layerzoo.nn.host.Mixer;
import org.layerzoo.train.Evaluator;
import org.layerzoo.train.TaskObjective;
import org.layerzoo.train.TrainOptions;
import org.layerzoo.train.Trainer;
import org.layerzoo.train.task.TokenTask;

/** Recall and copying: every member in the same small language model beside softmax attention, and its radii before and after. */
final class Recall {
    private static final int TEST_BATCHES = 4;

    private final Mamba360Config c;
    private final Contenders contenders;
    private final RunContext context;
    private final SequencedMap<String, Outcome> outcomes = new LinkedHashMap<>();

    /** Accuracy of recall and of copying, and the largest |Abar| before and after training on recall (NaN without states to read). */
    record Outcome(double recall, double copy, double radiusBefore, double radiusAfter) {}

    Recall(Mamba360Config c, Contenders contenders, RunContext context) {
        this.c = c;
        this.contenders = contenders;
        this.context = context;
        SequencedMap<String, Mixer> mixers = new LinkedHashMap<>();
        mixers.put("softmax", Mixer.attention());
        contenders.all().forEach((name, ref) -> mixers.put(name, new Mixer.Slot(ref)));
        mixers.forEach((name, mixer) -> {
            double share = 0.7 / mixers.size();
            outcomes.put(name, outcome(mixer, new Part(context, 0.3 + share * outcomes.size(), share / 2, name)));
        });
    }

    private Outcome outcome(Mixer mixer, Part part) {
        Mamba360Config.Tests t = c.tests();
        Mqar recall = new Mqar(t.vocab(), t.length(), t.pairs(), 0.1);
        Copy copy = new Copy(t.vocab(), t.length() / 2);
        Model m = model(mixer);
        double before = Memory.radius(m.layer(), c.dim(), context);
        double recalled = trained(
                m,
                new TokenTask(recall::draw, context.draws().seed(), 1.0 / (t.vocab() - t.vocab() / 2), config(mixer)),
                part.on("recall"));
        double after = Memory.radius(m.layer(), c.dim(), context);
        double copied = trained(
                model(mixer),
                new TokenTask(copy::draw, context.draws().seed(), 1.0 / (t.vocab() - 1), config(mixer)),
                part.next().on("copying"));
        return new Outcome(recalled, copied, before, after);
    }

    private CausalLmConfig config(Mixer mixer) {
        Mamba360Config.Tests t = c.tests();
        return CausalLmConfig.usual(t.vocab(), c.dim(), t.heads(), t.depth(), 2 * c.dim(), t.length())
                .with(mixer);
    }

    private Model model(Mixer mixer) {
        CausalLmConfig config = config(mixer);
        return Models.build(
                "mamba-360",
                new CausalLmProvider(config),
                config,
                Models.Options.of(context.draws().seed()).with(contenders::resolve));
    }

    private double trained(Model m, Task task, RunContext steps) {
        Mamba360Config.Tests t = c.tests();
        TrainStage stage = new TrainStage(
                "training", m, new TaskObjective(task), p -> true, TrainStage.Optim.adamW(t.learningRate()), t.steps());
        new Trainer(TrainOptions.inMemory(), steps).run(List.of(stage), TaskObjective.batches(task, t.batch()));
        return Evaluator.run(m, task, Task.Split.TEST, TEST_BATCHES, t.batch(), steps)
                .values()
                .iterator()
                .next();
    }

    SequencedMap<String, Outcome> outcomes() {
        return outcomes;
    }

    List<Block> blocks() {
        List<List<String>> accuracy = new ArrayList<>();
        List<List<String>> radii = new ArrayList<>();
        outcomes.forEach((name, o) -> {
            accuracy.add(List.of(name, number(o.recall), number(o.copy)));
            if (!Double.isNaN(o.radiusBefore)) {
                radii.add(List.of(
                        name, number(o.radiusBefore), number(o.radiusAfter), Boolean.toString(o.radiusAfter < 1)));
            }
        });
        return List.of(
                new Block.Table(
                        "Accuracy after " + c.tests().steps() + " steps",
                        List.of("mixer", "recall (MQAR)", "copy"),
                        accuracy),
                new Block.Table(
                        "Stability: largest |Abar| of any layer",
                        List.of("member", "at the start", "after training", "stable"),
                        radii));
    }

    private static String number(double v) {
        return String.format(Locale.ROOT, "%.4f", v);
    }

    /** One of the trainings, whose progress is a share of the whole run's. */
    private record Part(RunContext outer, double from, double share, String what) implements RunContext {
        Part on(String task) {
            return new Part(outer, from, share, what + " on " + task);
        }

        Part next() {
            return new Part(outer, from + share, share, what);
        }

        @Override
        public org.layerzoo.core.layer.Draws draws() {
            return outer.draws();
        }

        @Override
        public org.layerzoo.core.spi.Catalog catalog() {
            return outer.catalog();
        }

        @Override
        public void progress(double fraction, String message) {
            outer.progress(from + share * fraction, what + ": " + message);
        }

        @Override
        public void checkCancelled() {
            outer.checkCancelled();
        }
    }
}
