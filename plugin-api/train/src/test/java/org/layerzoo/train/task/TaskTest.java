package org.layerzoo.train.task;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.spi.Models;
import org.layerzoo.core.spi.RunContext;
import org.layerzoo.core.spi.Size;
import org.layerzoo.core.spi.Task;
import org.layerzoo.core.spi.TrainStage;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.data.sequence.Copy;
import org.layerzoo.nn.host.CausalLmConfig;
import org.layerzoo.nn.host.CausalLmProvider;
import org.layerzoo.nn.host.Channels;
import org.layerzoo.nn.host.ClassifierProvider;
import org.layerzoo.nn.host.EncoderConfig;
import org.layerzoo.nn.host.Mixer;
import org.layerzoo.nn.host.NormKind;
import org.layerzoo.nn.host.PairClassifierProvider;
import org.layerzoo.nn.host.Positions;
import org.layerzoo.train.Evaluator;
import org.layerzoo.train.TaskObjective;
import org.layerzoo.train.TrainOptions;
import org.layerzoo.train.Trainer;

class TaskTest {
    private static EncoderConfig encoder(int length) {
        return new EncoderConfig(
                6,
                8,
                2,
                1,
                Mixer.attention(),
                Channels.gelu(8),
                NormKind.LAYER,
                Positions.NONE,
                length,
                EncoderConfig.Pool.MEAN,
                8,
                2);
    }

    /** Label 1 when the first token is 1 or 2, in a row of 2 to 6 tokens. */
    private static ClassTask easy() {
        return new ClassTask(
                (r, index) -> {
                    long[] t = new long[r.between(2, 6)];
                    java.util.Arrays.setAll(t, i -> 3 + r.nextInt(3));
                    int label = r.nextInt(2);
                    t[0] = label == 1 ? 1 + r.nextInt(2) : t[0];
                    return new ClassTask.Sample(List.of(t), label);
                },
                ClassTask.Parts.ONE,
                new ClassTask.Samples(500, 100),
                3,
                encoder(6));
    }

    @Test
    void aClassifierLearnsAnEasyTask() {
        ClassTask task = easy();
        ClassifierProvider p = new ClassifierProvider(task.backbone());
        Model m = Models.build("easy", p, p.defaults(Size.TINY), Models.Options.of(1));
        TrainStage stage =
                new TrainStage("train", m, new TaskObjective(task), x -> true, TrainStage.Optim.adamW(0.02), 40);
        new Trainer(TrainOptions.inMemory(), RunContext.quiet(1)).run(List.of(stage), TaskObjective.batches(task, 16));
        Map<String, Double> scores = Evaluator.run(m, task, Task.Split.TEST, 2, 32, RunContext.quiet(1));
        assertEquals(List.of("accuracy", "cross_entropy", "loss"), List.copyOf(scores.keySet()));
        assertTrue(scores.get("accuracy") > 0.9, scores.toString());
        assertEquals(scores.get("cross_entropy"), scores.get("loss"), 1e-5);
    }

    @Test
    void indicesStartOverBehindTheLastSample() {
        ClassTask task = easy();
        assertArrayEquals(
                task.sample(Task.Split.TEST, 7).sequences().getFirst(),
                task.sample(Task.Split.TEST, 107).sequences().getFirst());
        assertArrayEquals(
                task.sample(Task.Split.TRAIN, 7).sequences().getFirst(),
                task.sample(Task.Split.TRAIN, 507).sequences().getFirst());
        Tensors b = task.batch(Task.Split.TRAIN, 2, 4);
        assertArrayEquals(
                task.sample(Task.Split.TRAIN, 9).sequences().getFirst(),
                b.get("tokens")
                        .rows(1, 2)
                        .slice(1, 0, (int) b.get("lengths").get(1))
                        .toLongs());
    }

    @Test
    void aPairTaskFeedsTwoTowers() {
        ClassTask one = easy();
        ClassTask pair = new ClassTask(
                (r, index) -> new ClassTask.Sample(
                        List.of(new long[] {1 + r.nextInt(5), 2}, new long[] {1 + r.nextInt(5), 3, 4}), r.nextInt(2)),
                ClassTask.Parts.PAIR,
                one.samples(),
                1,
                encoder(4));
        Tensors b = pair.batch(Task.Split.TRAIN, 0, 3);
        assertArrayEquals(new int[] {3, 2, 4}, b.get("tokens").shape().dims());
        assertArrayEquals(new long[] {2, 3, 2, 3, 2, 3}, b.get("lengths").toLongs());
        PairClassifierProvider p = new PairClassifierProvider(pair.backbone());
        Model m = Models.build("pair", p, p.defaults(Size.TINY), Models.Options.of(1));
        assertEquals(
                1.0,
                Evaluator.run(m, pair, Task.Split.TEST, 1, 8, RunContext.quiet(1))
                        .get("accuracy"),
                1);
        assertTrue(
                pair.reference(org.layerzoo.core.spi.LayerRef.of("mamba")).orElseThrow()
                        instanceof PairClassifierProvider);
    }

    @Test
    void theOracleOfATokenTaskIsAlwaysRight() {
        CausalLmConfig c = new CausalLmConfig(
                9, 8, 2, 1, Mixer.attention(), Channels.gelu(8), NormKind.RMS, Positions.SINUSOIDAL, 8, false);
        TokenTask task = new TokenTask(new Copy(9, 4)::draw, 2, 0.125, c);
        Tensors b = task.batch(Task.Split.VALID, 0, 16);
        task.metrics().stream()
                .filter(m -> m.ascending())
                .forEach(m -> assertEquals(
                        1.0,
                        m.of(Tensors.of("y", task.oracle(b).orElseThrow()), b).value(),
                        m.name()));
        CausalLmProvider p = (CausalLmProvider)
                task.reference(org.layerzoo.core.spi.LayerRef.of("mamba")).orElseThrow();
        assertTrue(p.defaults(Size.PAPER).mixer() instanceof Mixer.Slot s
                && s.layer().id().equals("mamba"));
        Model m = Models.build("copy", new CausalLmProvider(), c, Models.Options.of(1));
        double untrained = Evaluator.run(m, task, Task.Split.VALID, 2, 16, RunContext.quiet(1))
                .get("cross_entropy");
        assertEquals(Math.log(9), untrained, 0.2);
    }
}
