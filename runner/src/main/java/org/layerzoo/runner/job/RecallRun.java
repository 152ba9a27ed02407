package org.layerzoo.runner.job;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.layer.Streaming;
import org.layerzoo.core.spi.Batches;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.spi.Models;
import org.layerzoo.core.spi.RunContext;
import org.layerzoo.core.spi.StepContext;
import org.layerzoo.core.spi.StepProgram;
import org.layerzoo.core.spi.Task;
import org.layerzoo.core.spi.TrainStage;
import org.layerzoo.core.state.Opening;
import org.layerzoo.core.state.State;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorScope;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.host.CausalLmConfig;
import org.layerzoo.nn.host.CausalLmProvider;
import org.layerzoo.nn.host.Mixer;
import org.layerzoo.nn.host.Positions;
import org.layerzoo.train.Evaluator;
import org.layerzoo.train.TaskObjective;
import org.layerzoo.train.TrainOptions;
import org.layerzoo.train.Trainer;
import org.layerzoo.train.task.TokenTask;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** One configuration of a mixer, trained at each learning rate until one solves the task. */
record RecallRun(
        String key,
        RecallJob.Budget budget,
        TokenTask task,
        List<TokenTask> mix,
        Mixer mixer,
        Models.Options options,
        RunContext context) {
    private static final int VALIDATION_BATCHES = 4;
    private static final int TEST_BATCHES = 16;
    private static final int EVALUATED = 64;
    private static final String METRIC = "token_accuracy";
    private static final String EMBEDDING = "embed.weight";

    /** A trained model and how it came to be. */
    private record Trained(Model model, double rate, List<Look> looks, double seconds) {
        double accuracy() {
            return looks.getLast().accuracy();
        }
    }

    /** Accuracy on the validation split after so many steps. */
    private record Look(int step, double accuracy) {}

    void into(ObjectNode row) {
        CausalLmConfig config = around(task.backbone());
        measureState(config, row);
        List<Trained> all = new ArrayList<>();
        for (double rate : budget.rates()) {
            all.add(trained(config, rate));
            if (all.getLast().accuracy() >= budget.solved()) {
                break;
            }
        }
        Trained best = all.stream()
                .reduce((a, b) -> b.accuracy() > a.accuracy() ? b : a)
                .orElseThrow();
        Map<String, Double> test = Evaluator.run(best.model(), task, Task.Split.TEST, TEST_BATCHES, EVALUATED, context);
        row.put("accuracy", test.get(METRIC)).put("loss", test.get("loss")).put("chance", task.chance());
        row.put("learningRate", best.rate()).put("steps", best.looks().getLast().step());
        row.put("trainSeconds", best.seconds());
        ArrayNode tried = row.putArray("tried");
        for (Trained t : all) {
            ObjectNode o = tried.addObject().put("learningRate", t.rate());
            ArrayNode looks = o.put("seconds", t.seconds()).putArray("validation");
            t.looks().forEach(l -> looks.addObject().put("step", l.step()).put("accuracy", l.accuracy()));
        }
    }

    /** The task's backbone without positions, which the convolution before the mixer makes needless, and with a head of its own. */
    private CausalLmConfig around(CausalLmConfig c) {
        return new CausalLmConfig(
                c.vocab(),
                c.dim(),
                c.heads(),
                c.depth(),
                mixer,
                c.channels(),
                c.norm(),
                Positions.NONE,
                c.length(),
                false);
    }

    /** Embeddings begin with deviation 1: at 0.02 the first block's output drowns them, and thousands of steps go by before anything is recalled. */
    private Model build(CausalLmConfig c) {
        Model m = Models.build("recall", new CausalLmProvider(c), c, options);
        Param e = m.params().params().get(EMBEDDING);
        e.set(context.draws()
                .at("recall")
                .normal(EMBEDDING, DType.F32, e.spec().shape().dims()));
        return m;
    }

    /** Numbers that the last block's mixer carries from token to token, counted in a stream at the task's length. */
    private void measureState(CausalLmConfig c, ObjectNode row) {
        Model model = build(c);
        row.put(
                "parameters",
                model.params().trainable().stream()
                        .mapToLong(p -> p.value().size())
                        .sum());
        Layer block = model.layer().children().sequencedValues().getLast();
        if (!(block.children().sequencedValues().getLast() instanceof Streaming layer)) {
            row.putNull("state").putNull("grows");
            return;
        }
        long half = numbers(layer, c, c.length() / 2);
        long whole = numbers(layer, c, c.length());
        row.put("state", whole).put("grows", whole > half);
    }

    private static long numbers(Streaming layer, CausalLmConfig c, int tokens) {
        return TensorScope.use(() -> {
            State s = layer.open(Opening.of(1).with(DType.F32));
            layer.advance(Tensors.of("x", Tensor.ones(DType.F32, 1, tokens, c.dim())), s, Call.eval());
            long n = 0;
            for (Tensor t : s.tensors()) {
                n += t.size();
            }
            return n;
        });
    }

    private Trained trained(CausalLmConfig c, double rate) {
        Model model = build(c);
        UntilSolved program = new UntilSolved(model);
        TrainStage.Optim optim = new TrainStage.Optim("adamw", rate, 0.0, 1.0, budget.schedule(), budget.warmup());
        TrainStage stage = new TrainStage(key + " at " + rate, model, program, p -> true, optim, budget.steps());
        double start = processorSeconds();
        new Trainer(TrainOptions.inMemory(), context).run(List.of(stage), program);
        return new Trained(model, rate, program.looks, processorSeconds() - start);
    }

    /** Of this JVM, so that other programs on the machine count for nothing. */
    private static double processorSeconds() {
        return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getProcessCpuTime() / 1e9;
    }

    /** Minimises the task's loss; once the validation split is solved the model is left as it is. */
    private final class UntilSolved implements StepProgram, Batches {
        private final TaskObjective objective = new TaskObjective(task);
        private final List<Batches> batches =
                mix.stream().map(t -> TaskObjective.batches(t, sequences(t))).toList();
        private final Model model;
        private final List<Look> looks = new ArrayList<>();
        private Map<String, Double> last = Map.of();

        UntilSolved(Model model) {
            this.model = model;
        }

        private boolean solved() {
            return !looks.isEmpty() && looks.getLast().accuracy() >= budget.solved();
        }

        @Override
        public Tensors get(long step) {
            int n = batches.size();
            return solved() ? Tensors.empty() : batches.get((int) (step % n)).get(step / n);
        }

        /** As many tokens a step for each task of the mix. */
        private int sequences(TokenTask of) {
            return Math.max(
                    1, budget.batch() * task.backbone().length() / of.backbone().length());
        }

        @Override
        public Map<String, Double> step(StepContext s) {
            if (solved()) {
                return last;
            }
            last = objective.step(s);
            int done = Math.toIntExact(s.step()) + 1;
            if (done % budget.every() == 0 || done == budget.steps()) {
                double accuracy = Evaluator.run(model, task, Task.Split.VALID, VALIDATION_BATCHES, EVALUATED, context)
                        .get(METRIC);
                looks.add(new Look(done, accuracy));
                last = Map.of("loss", last.get("loss"), "accuracy", accuracy);
            }
            return last;
        }
    }
}
