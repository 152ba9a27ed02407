package org.layerzoo.plugins.zoo.check;

import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.layerzoo.core.layer.Draws;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.spi.Check;
import org.layerzoo.core.spi.CheckContext;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.spi.Models;
import org.layerzoo.core.spi.RunContext;
import org.layerzoo.core.spi.Size;
import org.layerzoo.core.spi.Task;
import org.layerzoo.core.spi.TaskProvider;
import org.layerzoo.core.spi.TrainStage;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.data.listops.Vocabulary;
import org.layerzoo.data.sequence.Permutations;
import org.layerzoo.nn.host.CausalLmProvider;
import org.layerzoo.plugins.zoo.CharLmProvider;
import org.layerzoo.plugins.zoo.CopyProvider;
import org.layerzoo.plugins.zoo.CopyReverseProvider;
import org.layerzoo.plugins.zoo.InductionProvider;
import org.layerzoo.plugins.zoo.MqarConfig;
import org.layerzoo.plugins.zoo.MqarProvider;
import org.layerzoo.plugins.zoo.ParityProvider;
import org.layerzoo.plugins.zoo.S3Provider;
import org.layerzoo.plugins.zoo.S5Provider;
import org.layerzoo.plugins.zoo.SelectiveCopyConfig;
import org.layerzoo.plugins.zoo.SelectiveCopyProvider;
import org.layerzoo.plugins.zoo.ShapesProvider;
import org.layerzoo.plugins.zoo.SmallListOpsProvider;
import org.layerzoo.train.TaskObjective;
import org.layerzoo.train.TrainOptions;
import org.layerzoo.train.Trainer;
import org.layerzoo.train.task.TokenTask;

/** What must hold of the tasks of no single paper. */
public final class ZooChecks {
    private ZooChecks() {}

    public static List<Check> all() {
        return List.of(
                new Check("check-1: every query of mqar asks for the value behind its key", ZooChecks::recall),
                new Check("check-2: a copy repeats its symbols behind the separator", ZooChecks::copy),
                new Check("check-3: splits share no sample", ZooChecks::disjoint),
                new Check("check-4: guessing scores chance", ZooChecks::chance),
                new Check("check-5: a small language model begins to learn", ZooChecks::learns),
                new Check(
                        "check-6: parity counts ones, and a word of S_5 permutes letters one after the other",
                        ZooChecks::tracks),
                new Check("check-7: what is asked of a text is its next character", ZooChecks::reads),
                new Check("check-8: a sentence is asked for backwards, an image for what it shows", ZooChecks::others),
                new Check("check-9: a seed gives the same batches again, another seed others", ZooChecks::seeded),
                new Check(
                        "check-10: symbols among noise are asked for in order, what followed the trigger at the end",
                        ZooChecks::selective),
                new Check("check-11: the value of an expression is asked for at its end", ZooChecks::values),
                new Check("check-12: pairs that come last are asked for by queries before them", ZooChecks::reversed));
    }

    private static List<Task> all(CheckContext c) {
        return List.of(
                task(new MqarProvider(), c),
                task(new CopyProvider(), c),
                task(new SelectiveCopyProvider(), c),
                task(new InductionProvider(), c),
                task(new ParityProvider(), c),
                task(new S3Provider(), c),
                task(new S5Provider(), c),
                task(new SmallListOpsProvider(), c),
                task(new CharLmProvider(), c));
    }

    private static <C extends Record> Task task(TaskProvider<C> p, CheckContext c) {
        return p.create(p.defaults(Size.TINY), c.draws().seed());
    }

    private static void recall(CheckContext c) {
        Tensors b = task(new MqarProvider(), c).batch(Task.Split.TRAIN, 0, 64);
        int t = b.get("tokens").dim(1);
        for (int row = 0; row < 64; row++) {
            long[] tokens = b.get("tokens").rows(row, row + 1).toLongs();
            long[] targets = b.get("targets").rows(row, row + 1).toLongs();
            Map<Long, Long> values = new HashMap<>();
            for (int i = 0; i < t; i++) {
                if (targets[i] != -100) {
                    c.equal("target of the query at " + i, targets[i], values.get(tokens[i]));
                } else if (i % 2 == 0) {
                    values.putIfAbsent(tokens[i], tokens[i + 1]);
                }
            }
        }
    }

    private static void copy(CheckContext c) {
        Tensors b = task(new CopyProvider(), c).batch(Task.Split.VALID, 0, 64);
        int n = b.get("tokens").dim(1) / 2;
        c.same(
                "targets behind the separator",
                b.get("targets").slice(1, n, 2 * n),
                b.get("tokens").slice(1, 0, n));
        c.equal("separators", (long) b.get("tokens").slice(1, n, n + 1).sum().item(), 0L);
    }

    private static void disjoint(CheckContext c) {
        for (Task task : all(c)) {
            Set<List<Long>> train = rows(task, Task.Split.TRAIN);
            for (Task.Split other : List.of(Task.Split.VALID, Task.Split.TEST)) {
                Set<List<Long>> both = rows(task, other);
                both.retainAll(train);
                c.equal("samples of " + other + " in TRAIN", both.size(), 0);
            }
        }
    }

    private static Set<List<Long>> rows(Task task, Task.Split split) {
        Tensor tokens = task.batch(split, 1, 256).get("tokens");
        Set<List<Long>> out = new HashSet<>();
        for (int i = 0; i < 256; i++) {
            out.add(Arrays.stream(tokens.rows(i, i + 1).toLongs()).boxed().toList());
        }
        return out;
    }

    /** Logits by chance over the answers there are: within three deviations of the stated level. */
    private static void chance(CheckContext c) {
        int rows = 512;
        Task copy = task(new CopyProvider(), c);
        Tensors b = copy.batch(Task.Split.TEST, 0, rows);
        int t = b.get("tokens").dim(1);
        Tensor guesses = Draws.seeded(c.draws().seed()).uniform("guess", DType.F32, rows, t, 11);
        Tensor logits = Ops.padZero(guesses, 2, 1, 0);
        var sum = copy.metrics().getFirst().of(Tensors.of("y", logits), b);
        double p = copy.chance();
        c.close("token accuracy of guesses", (sum.value() - p) / Math.sqrt(p * (1 - p) / sum.weight()), 0, 3);
    }

    private static void tracks(CheckContext c) {
        Tensors bits = task(new ParityProvider(), c).batch(Task.Split.TRAIN, 0, 16);
        for (int row = 0; row < 16; row++) {
            long[] x = bits.get("tokens").rows(row, row + 1).toLongs();
            long[] y = bits.get("targets").rows(row, row + 1).toLongs();
            long ones = 0;
            for (int i = 0; i < x.length; i++) {
                ones += x[i];
                c.equal("parity at " + i, y[i], ones % 2);
            }
        }
        Tensors words = task(new S5Provider(), c).batch(Task.Split.TRAIN, 0, 16);
        Permutations group = new Permutations(5, 1);
        for (int row = 0; row < 16; row++) {
            long[] x = words.get("tokens").rows(row, row + 1).toLongs();
            int[] at = {0, 1, 2, 3, 4};
            for (long token : x) {
                int[] then = group.of(Math.toIntExact(token));
                at = Arrays.stream(at).map(i -> then[i]).toArray();
            }
            c.equal("the last product", words.get("targets").rows(row, row + 1).toLongs()[x.length - 1], (long)
                    group.number(at));
        }
    }

    private static void reads(CheckContext c) {
        Tensors b = task(new CharLmProvider(), c).batch(Task.Split.VALID, 0, 16);
        int t = b.get("tokens").dim(1);
        c.same("targets", b.get("targets").slice(1, 0, t - 1), b.get("tokens").slice(1, 1, t));
    }

    private static void learns(CheckContext c) {
        CopyProvider p = new CopyProvider();
        TokenTask task = (TokenTask) task(p, c);
        CausalLmProvider host = new CausalLmProvider(task.backbone());
        Model m = Models.build("copy", host, host.defaults(Size.TINY), Models.Options.of(1));
        TrainStage.Optim optim = new TrainStage.Optim("adamw", 0.01, 0, 1, "constant", 4);
        TrainStage stage = new TrainStage("copy", m, new TaskObjective(task), x -> true, optim, 24);
        double[] loss = new Trainer(TrainOptions.inMemory(), RunContext.quiet(1))
                .run(List.of(stage), TaskObjective.batches(task, 8))
                .history()
                .of(0, "loss");
        c.close("first loss against a uniform guess of 12 symbols", loss[0], Math.log(12), 0.1);
        c.isTrue("the loss falls by a tenth: " + loss[0] + " to " + loss[23], loss[23] < 0.9 * loss[0]);
    }

    private static void seeded(CheckContext c) {
        for (TaskProvider<?> p : List.of(
                new MqarProvider(),
                new CopyProvider(),
                new SelectiveCopyProvider(),
                new InductionProvider(),
                new ParityProvider(),
                new S3Provider(),
                new S5Provider(),
                new SmallListOpsProvider(),
                new CharLmProvider())) {
            seeded(p, c);
        }
    }

    private static <C extends Record> void seeded(TaskProvider<C> p, CheckContext c) {
        C config = p.defaults(Size.TEST);
        long seed = c.draws().seed();
        Tensor first = p.create(config, seed).batch(Task.Split.TRAIN, 3, 8).get("tokens");
        // Any batch by its index, whatever was drawn before.
        Task again = p.create(config, seed);
        again.batch(Task.Split.TRAIN, 0, 8);
        c.same(p.name(), again.batch(Task.Split.TRAIN, 3, 8).get("tokens"), first);
        Tensor other = p.create(config, seed + 1).batch(Task.Split.TRAIN, 3, 8).get("tokens");
        c.isTrue(p.name() + ": another seed, other samples", !Arrays.equals(other.toLongs(), first.toLongs()));
    }

    private static void selective(CheckContext c) {
        SelectiveCopyProvider p = new SelectiveCopyProvider();
        SelectiveCopyConfig k = p.defaults(Size.TINY);
        Tensors b = task(p, c).batch(Task.Split.TRAIN, 0, 32);
        int n = k.length();
        for (int row = 0; row < 32; row++) {
            long[] tokens = b.get("tokens").rows(row, row + 1).toLongs();
            long[] targets = b.get("targets").rows(row, row + 1).toLongs();
            long[] symbols = Arrays.stream(tokens, 0, n).filter(t -> t != 0).toArray();
            c.isTrue("symbols in order", Arrays.equals(symbols, Arrays.copyOfRange(targets, n, targets.length)));
            c.isTrue("marks", Arrays.stream(tokens, n, tokens.length).allMatch(t -> t == k.vocab() - 1));
        }
        Tensors heads = task(new InductionProvider(), c).batch(Task.Split.TRAIN, 0, 32);
        for (int row = 0; row < 32; row++) {
            long[] tokens = heads.get("tokens").rows(row, row + 1).toLongs();
            int t = tokens.length;
            int at = 0;
            while (tokens[at] != 0) {
                at++;
            }
            c.isTrue("the trigger comes twice", at < t - 2 && tokens[t - 1] == 0);
            c.equal("answer", (long) heads.get("targets").get(row, t - 1), tokens[at + 1]);
        }
    }

    private static void values(CheckContext c) {
        Tensors b = task(new SmallListOpsProvider(), c).batch(Task.Split.TEST, 0, 64);
        for (int row = 0; row < 64; row++) {
            long[] tokens = b.get("tokens").rows(row, row + 1).toLongs();
            long[] targets = b.get("targets").rows(row, row + 1).toLongs();
            // 6 is the digit 0.
            c.equal("value", targets[targets.length - 1] - 6, (long)
                    Vocabulary.expression(tokens).value());
            c.isTrue(
                    "nothing else is asked",
                    Arrays.stream(targets).filter(t -> t != -100).count() == 1);
        }
        Permutations three = new Permutations(3, 1);
        Tensors words = task(new S3Provider(), c).batch(Task.Split.TRAIN, 0, 16);
        for (int row = 0; row < 16; row++) {
            long[] x = words.get("tokens").rows(row, row + 1).toLongs();
            long[] y = words.get("targets").rows(row, row + 1).toLongs();
            int state = 0;
            for (int i = 0; i < x.length; i++) {
                state = three.times(state, Math.toIntExact(x[i]));
                c.equal("product of S_3 at " + i, y[i], (long) state);
            }
        }
    }

    private static void reversed(CheckContext c) {
        MqarProvider p = new MqarProvider();
        MqarConfig k = p.defaults(Size.TINY);
        MqarConfig turned = new MqarConfig(k.vocab(), k.length(), k.pairs(), k.power(), k.noise(), true, k.backbone());
        Tensors b = p.create(turned, c.draws().seed()).batch(Task.Split.TRAIN, 0, 32);
        for (int row = 0; row < 32; row++) {
            long[] tokens = b.get("tokens").rows(row, row + 1).toLongs();
            long[] targets = b.get("targets").rows(row, row + 1).toLongs();
            int asked = 0;
            for (int i = 0; i < tokens.length; i++) {
                if (targets[i] != -100) {
                    int key = tokens.length - 1;
                    while (tokens[key] != tokens[i]) {
                        key -= 2;
                    }
                    c.equal("value before its key, seen from the end", targets[i], tokens[key - 1]);
                    asked++;
                }
            }
            c.equal("queries", asked, k.pairs());
        }
    }

    private static void others(CheckContext c) {
        Tensors b = task(new CopyReverseProvider(), c).batch(Task.Split.TRAIN, 0, 4);
        int n = b.get("src").dim(1);
        c.isTrue("a length of " + n, n >= 8 && n <= 12);
        c.same("next", b.get("next"), Ops.flip(b.get("src"), 1));
        c.same(
                "tgt behind the start",
                b.get("tgt").slice(1, 1, n),
                b.get("next").slice(1, 0, n - 1));
        Task shapes = task(new ShapesProvider(), c);
        Set<Long> labels = new HashSet<>();
        for (int i = 0; i < 8; i++) {
            Tensors s = shapes.batch(Task.Split.TRAIN, i, 16);
            Arrays.stream(s.get("label").toLongs()).forEach(labels::add);
            c.isTrue("pixels from -1 to 1", Ops.abs(s.get("image")).max().item() <= 1);
        }
        c.equal("classes that were seen", labels.size(), 10);
    }
}
