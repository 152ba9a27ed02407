package org.layerzoo.plugins.longrangearena.check;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.layerzoo.core.config.Configs;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Taps;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.spi.Check;
import org.layerzoo.core.spi.CheckContext;
import org.layerzoo.core.spi.Metric;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.spi.Models;
import org.layerzoo.core.spi.Size;
import org.layerzoo.core.spi.Task;
import org.layerzoo.core.spi.TaskProvider;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.data.Rng;
import org.layerzoo.data.Splits;
import org.layerzoo.data.listops.Expression;
import org.layerzoo.data.listops.ListOps;
import org.layerzoo.data.listops.Vocabulary;
import org.layerzoo.data.raster.Pathfinder;
import org.layerzoo.nn.host.PairClassifierProvider;
import org.layerzoo.plugins.longrangearena.ArenaTable;
import org.layerzoo.plugins.longrangearena.ImageProvider;
import org.layerzoo.plugins.longrangearena.ListOpsProvider;
import org.layerzoo.plugins.longrangearena.PathfinderProvider;
import org.layerzoo.plugins.longrangearena.RetrievalConfig;
import org.layerzoo.plugins.longrangearena.RetrievalProvider;
import org.layerzoo.plugins.longrangearena.TextProvider;
import org.layerzoo.train.task.ClassTask;

/** The Checks of the sheet. */
public final class LongRangeArenaChecks {
    private LongRangeArenaChecks() {}

    public static List<Check> all() {
        return List.of(
                new Check(
                        "check-1: ListOps evaluator agrees with an independent recursive parser",
                        LongRangeArenaChecks::evaluator),
                new Check(
                        "check-2: Pathfinder label 1 iff markers lie on one connected path",
                        LongRangeArenaChecks::pathfinder),
                new Check("check-3: splits disjoint by hash", LongRangeArenaChecks::disjoint),
                new Check("check-4: chance model scores chance", LongRangeArenaChecks::chance),
                new Check("check-5: retrieval tower symmetric weights", LongRangeArenaChecks::towers),
                new Check(
                        "check-6: average is the mean of tasks, Path-X excluded when failing",
                        LongRangeArenaChecks::average),
                new Check(
                        "check-7: a bag-of-tokens baseline stays below 25% on ListOps",
                        LongRangeArenaChecks::bagOfTokens));
    }

    private static List<ClassTask> tasks(long seed) {
        return List.of(
                task(new ListOpsProvider(), seed),
                task(new TextProvider(), seed),
                task(new RetrievalProvider(), seed),
                task(new ImageProvider(), seed),
                task(new PathfinderProvider(), seed));
    }

    private static <C extends Record> ClassTask task(TaskProvider<C> p, long seed) {
        return (ClassTask) p.create(p.defaults(Size.TINY), seed);
    }

    private static void evaluator(CheckContext c) {
        c.equal(
                "worked sample",
                Expression.parse("[MAX 4 3 [MIN 2 3 ] 1 0 [MED 1 5 8 9 2 ] ]").value(),
                5);
        ListOps g = new ListOps(10, 10, 40, 250);
        int[] histogram = new int[10];
        for (int i = 0; i < 1000; i++) {
            Expression e = g.draw(Rng.of(c.draws().seed(), i));
            Source tokens = new Source(e.source());
            c.equal("value of " + e.source(), e.value(), tokens.value());
            c.equal("tokens left over", tokens.left(), 0);
            c.isTrue("length " + e.length() + " lies between 40 and 250", e.length() > 40 && e.length() < 250);
            histogram[e.value()]++;
        }
        int most = Arrays.stream(histogram).max().orElseThrow();
        c.isTrue("no class above 25%: " + Arrays.toString(histogram), most <= 250);
    }

    /** Evaluates the tsv form by recursion over its parentheses, sharing nothing with the generator's code. */
    private static final class Source {
        private final ArrayDeque<String> tokens;

        Source(String source) {
            tokens = new ArrayDeque<>(Arrays.asList(
                    source.replace("(", "").replace(")", "").trim().split("\\s+")));
        }

        int left() {
            return tokens.size();
        }

        int value() {
            String t = tokens.remove();
            if (!t.startsWith("[")) {
                return Integer.parseInt(t);
            }
            List<Integer> a = new ArrayList<>();
            while (!tokens.peek().equals("]")) {
                a.add(value());
            }
            tokens.remove();
            a.sort(null);
            int n = a.size();
            return switch (t) {
                case "[MIN" -> a.getFirst();
                case "[MAX" -> a.getLast();
                case "[SM" -> a.stream().reduce(0, (x, y) -> (x + y) % 10);
                default -> n % 2 == 1 ? a.get(n / 2) : (int) ((a.get(n / 2 - 1) + a.get(n / 2)) / 2.0);
            };
        }
    }

    private static void pathfinder(CheckContext c) {
        Pathfinder g = new Pathfinder(32, 6);
        for (int i = 0; i < 100; i++) {
            Pathfinder.Scene s = g.draw(Rng.of(c.draws().seed(), i));
            c.equal("discs of scene " + i + " are joined", connected(s, 32), s.label() == 1);
        }
        double ones = task(new PathfinderProvider(), c.draws().seed())
                .batch(Task.Split.TRAIN, 0, 100)
                .get("label")
                .sum()
                .item();
        c.close("share of label 1", ones / 100, 0.5, 0.02);
    }

    /** Whether steps of at most two pixels over drawn ones lead from disc to disc: a gap is one pixel wide. */
    private static boolean connected(Pathfinder.Scene s, int side) {
        int from = s.discs().getFirst().y() * side + s.discs().getFirst().x();
        int to = s.discs().getLast().y() * side + s.discs().getLast().x();
        boolean[] seen = new boolean[side * side];
        ArrayDeque<Integer> open = new ArrayDeque<>(List.of(from));
        seen[from] = true;
        while (!open.isEmpty()) {
            int p = open.remove();
            for (int dy = -2; dy <= 2; dy++) {
                for (int dx = -2; dx <= 2; dx++) {
                    int x = p % side + dx;
                    int y = p / side + dy;
                    if (x >= 0
                            && y >= 0
                            && x < side
                            && y < side
                            && s.pixels()[y * side + x] > 0
                            && !seen[y * side + x]) {
                        seen[y * side + x] = true;
                        open.add(y * side + x);
                    }
                }
            }
        }
        return seen[to];
    }

    private static void disjoint(CheckContext c) {
        for (ClassTask task : tasks(c.draws().seed())) {
            Set<Long> train = hashes(task, Task.Split.TRAIN);
            c.isTrue("samples differ", train.size() > 40);
            for (Task.Split other : List.of(Task.Split.VALID, Task.Split.TEST)) {
                Set<Long> both = hashes(task, other);
                both.retainAll(train);
                c.equal("samples of " + other + " in TRAIN", both.size(), 0);
            }
        }
    }

    private static Set<Long> hashes(ClassTask task, Task.Split split) {
        Set<Long> out = new HashSet<>();
        for (int i = 0; i < 50; i++) {
            out.add(task.sample(split, i).sequences().stream()
                    .mapToLong(Splits::hash)
                    .reduce(17, (a, b) -> 31 * a + b));
        }
        return out;
    }

    private static void chance(CheckContext c) {
        for (ClassTask task : tasks(c.draws().seed())) {
            Tensors batch = task.batch(Task.Split.TEST, 0, 200);
            int classes = task.backbone().classes();
            Tensor guess = c.draws().at(task.batch().toString()).uniform("guess " + classes, DType.F32, 200, classes);
            Metric.Sum s = task.metrics().getFirst().of(Tensors.of("y", guess), batch);
            double p = task.chance();
            c.close("deviations from chance", (s.value() - p) / Math.sqrt(p * (1 - p) / s.weight()), 0, 3);
        }
    }

    /** Features are [x1, x2, x1 * x2, x1 - x2]: swapping the documents swaps the first two, keeps the product, flips the difference. */
    private static void towers(CheckContext c) {
        RetrievalProvider tasks = new RetrievalProvider();
        RetrievalConfig small = Configs.set(tasks.defaults(Size.TINY), Map.of("length", "64", "template", "2"));
        ClassTask task = (ClassTask) tasks.create(small, c.draws().seed());
        PairClassifierProvider p = new PairClassifierProvider(task.backbone());
        Model m = Models.build("retrieval", p, p.defaults(Size.TINY), Models.Options.of(3));
        Tensors batch = task.batch(Task.Split.VALID, 0, 1);
        Tensors swapped = batch.with("tokens", Ops.flip(batch.get("tokens"), 1))
                .with("lengths", Ops.flip(batch.get("lengths"), 1));
        Tensor x = pooled(m, batch);
        Tensor y = pooled(m, swapped);
        c.close("the second document is encoded as when it came first", y.select(1, 0), x.select(1, 1), 1e-5);
        c.close(
                "the product stays",
                y.select(1, 0).mul(y.select(1, 1)),
                x.select(1, 0).mul(x.select(1, 1)),
                1e-5);
        c.close(
                "the difference flips",
                y.select(1, 0).sub(y.select(1, 1)),
                x.select(1, 1).sub(x.select(1, 0)),
                1e-4);
    }

    private static Tensor pooled(Model m, Tensors batch) {
        Taps.Recorder seen = Taps.recording("pooled");
        m.forward(batch.without("label"), Call.eval().with(seen));
        Tensor v = seen.seen().get("pooled");
        return v.reshape(v.dim(0) / 2, 2, v.dim(1));
    }

    private static void average(CheckContext c) {
        Map<String, Double> a = new TreeMap<>(
                Map.of("listops", 0.3637, "text", 0.6427, "retrieval", 0.5746, "image", 0.4244, "pathfinder", 0.7140));
        c.close("average without Path-X, the paper's Transformer", 100 * ArenaTable.average(a), 54.39, 1e-4);
        c.equal(
                "a missing Path-X",
                ArenaTable.of(Map.of("Transformer", a)).rows().getFirst().get(6),
                "FAIL");
        a.put("path-x", 0.5);
        c.close("average with a failed Path-X", 100 * ArenaTable.average(a), 54.39, 1e-4);
        a.put("path-x", 0.9);
        c.close("average with a learned one", 100 * ArenaTable.average(a), (5 * 54.388 + 90) / 6, 1e-4);
        c.equal(
                "cells in per cent",
                ArenaTable.of(Map.of("Transformer", a)).rows().getFirst().get(6),
                "90.00");
        a.remove("text");
        c.refuses("an average without text", "'text'", () -> ArenaTable.average(a));
    }

    private static void bagOfTokens(CheckContext c) {
        // A quarter of the paper's lengths: in shorter expressions the tokens alone tell more.
        ListOpsProvider p = new ListOpsProvider();
        ClassTask task = (ClassTask) p.create(p.defaults(Size.TEST), c.draws().seed());
        Bag bag = new Bag(Vocabulary.SIZE, 10);
        List<ClassTask.Sample> train = IntStream.range(0, 1500)
                .mapToObj(i -> task.sample(Task.Split.TRAIN, i))
                .toList();
        for (int epoch = 0; epoch < 12; epoch++) {
            double rate = 0.3 / (1 + epoch);
            train.forEach(s -> bag.learn(s, rate));
        }
        int right = 0;
        for (int i = 0; i < 500; i++) {
            ClassTask.Sample s = task.sample(Task.Split.TEST, i);
            right += bag.answer(s) == s.label() ? 1 : 0;
        }
        c.isTrue("a bag of tokens is right in " + right / 5.0 + " % of test, below 25 expected", right < 125);
    }
}
