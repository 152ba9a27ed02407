package org.layerzoo.plugins.nasefficienttransformers.check;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.layerzoo.core.exec.Exec;
import org.layerzoo.core.exec.Tape;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.op.Errors;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.spi.Check;
import org.layerzoo.core.spi.CheckContext;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.spi.RunContext;
import org.layerzoo.core.spi.Size;
import org.layerzoo.core.spi.Task;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.plugins.nasefficienttransformers.Architecture;
import org.layerzoo.plugins.nasefficienttransformers.CosFormer;
import org.layerzoo.plugins.nasefficienttransformers.Evolution;
import org.layerzoo.plugins.nasefficienttransformers.ImagesProvider;
import org.layerzoo.plugins.nasefficienttransformers.NasConfig;
import org.layerzoo.plugins.nasefficienttransformers.NasProvider;
import org.layerzoo.plugins.nasefficienttransformers.NasRecipe;
import org.layerzoo.plugins.nasefficienttransformers.Ranker;
import org.layerzoo.plugins.nasefficienttransformers.Space;
import org.layerzoo.train.Inputs;
import org.layerzoo.train.TrainOptions;
import org.layerzoo.train.Trainer;

/** The Checks of the sheet on architecture search. */
public final class NasChecks {
    private NasChecks() {}

    public static List<Check> all() {
        return List.of(
                new Check("check-1: cosFormer's linear form equals the quadratic one", NasChecks::cosFormer),
                new Check("check-2: largest and smallest network equal stand-alone ones", NasChecks::standalone),
                new Check("check-3: a step changes only the used slices", NasChecks::slices),
                new Check("check-4: the search keeps to its budget", NasChecks::budget),
                new Check("check-5: a seed gives the same architecture", NasChecks::reproduced),
                new Check("check-6: the ranker orders a linear accuracy", NasChecks::ranked),
                new Check("check-7: random search is never better on average", NasChecks::evolution),
                new Check("check-8: all-softmax and all-linear networks", NasChecks::references),
                new Check("a budget below all networks is refused", NasChecks::unreachable),
                new Check("operations are those that the kernels count", NasChecks::operations),
                new Check("operations beside the loss: a large lambda finds a cheap network", NasChecks::weighed));
    }

    private static NasConfig config(Size size) {
        return new NasProvider().defaults(size);
    }

    /** Both spaces. */
    private static List<NasConfig> spaces(Size size) {
        return List.of(config(size), new ImagesProvider().defaults(size));
    }

    private static NasRecipe recipe(CheckContext c, NasConfig config) {
        return new NasRecipe(
                config, Optional.empty(), RunContext.quiet(c.draws().seed()));
    }

    private static void cosFormer(CheckContext c) {
        Tensor q = c.normal64("q", 2, 2, 13, 4);
        Tensor k = c.normal64("k", 2, 2, 17, 4);
        Tensor v = c.normal64("v", 2, 2, 17, 5);
        Tensor w = CosFormer.weights(q, k, 17);
        Tensor sums = w.sumKeep(3);
        c.close("y", CosFormer.read(q, k, v, 17, false), w.matmul(v).div(sums.add(1e-6)), 1e-5);
        c.isTrue("weights >= 0 up to |i - j| = M", w.min().item() >= 0);
        Tensor own = CosFormer.weights(k, k, 17);
        Tensor past = Ops.iota(DType.I64, 17).le(Ops.iota(DType.I64, 17).unsqueeze(1));
        Tensor seen = own.mul(past.cast(DType.F64));
        c.close(
                "causal",
                CosFormer.read(k, k, v, 17, true),
                seen.matmul(v).div(seen.sumKeep(3).add(1e-6)),
                1e-5);
        Tensor one = CosFormer.read(q, k, Ops.onesLike(v), 17, false);
        Tensor large = sums.gt(0.1).expand(2, 2, 13, 5);
        c.close("V = 1", Ops.where(large, one, Ops.onesLike(one)), Ops.onesLike(one), 1e-4);
        Tensor none = CosFormer.read(Ops.abs(q).neg(), k, v, 17, false);
        c.close("a row of zeros gives 0", none, Ops.zerosLike(none), 0);
    }

    private static Tensors batch(NasRecipe r) {
        return r.task().batch(Task.Split.VALID, 0, 2);
    }

    private static Tensor logits(Model m, Tensors batch) {
        return m.forward(Inputs.of(m, batch), Call.eval()).get("y");
    }

    private static void standalone(CheckContext c) {
        spaces(Size.TINY).forEach(config -> standalone(c, config));
    }

    private static void standalone(CheckContext c, NasConfig config) {
        NasRecipe r = recipe(c, config);
        Tensors batch = batch(r);
        Space space = new Space(config);
        for (boolean large : new boolean[] {true, false}) {
            Architecture a = space.decode(space.extreme(large, large));
            Model own = r.standalone(a);
            c.same("logits", logits(own, batch), logits(r.network(() -> a), batch));
            boolean all = own.params()
                    .values()
                    .names()
                    .equals(r.network(() -> a).params().values().names());
            c.equal("the largest has all weights, the smallest fewer", all, large);
        }
    }

    private static void slices(CheckContext c) {
        spaces(Size.TINY).forEach(config -> slices(c, config));
    }

    private static void slices(CheckContext c, NasConfig config) {
        NasRecipe r = recipe(c, config);
        Space space = new Space(config);
        Architecture a = space.decode(space.extreme(false, false));
        Model net = r.network(() -> a);
        Model own = r.standalone(a);
        Tensors batch = batch(r);
        List<Param> params = net.params().trainable();
        List<Tensor> at = params.stream().map(Param::value).toList();
        Tape tape = new Tape().watch(at);
        Tensor loss = tape.record(() -> r.task().loss(Tensors.of("y", logits(net, batch)), batch));
        List<Tensor> slopes = tape.gradient(loss, at);
        for (int i = 0; i < at.size(); i++) {
            String name = params.get(i).path();
            Tensor g = slopes.get(i);
            Tensor outside =
                    own.params().values().find(name).map(w -> without(g, w)).orElse(g);
            c.close(
                    "gradient of " + name + " outside its block",
                    Ops.abs(outside).max().item(),
                    0,
                    0);
        }
        c.isTrue("it learns", Errors.norm(slopes.getFirst()) > 0);
    }

    /** g with zeros in the leading block of the shape of {@code of}. */
    private static Tensor without(Tensor g, Tensor of) {
        Tensor block = Ops.onesLike(of);
        for (int i = 0; i < of.rank(); i++) {
            block = Ops.padZero(block, i, 0, g.dim(i) - of.dim(i));
        }
        return Ops.where(block.gt(0), Ops.zerosLike(g), g);
    }

    private static ToDoubleFunction<int[]> linear(Space space, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        double[] w = random.doubles(space.features(space.extreme(true, true)).length, -1, 1)
                .toArray();
        return genes -> {
            double[] x = space.features(genes);
            return IntStream.range(0, x.length).mapToDouble(i -> w[i] * x[i]).sum();
        };
    }

    private static void budget(CheckContext c) {
        spaces(Size.TEST).forEach(config -> budget(c, new Space(config)));
    }

    private static void budget(CheckContext c, Space space) {
        long seed = c.draws().seed();
        List<Evolution.Found> found = new Evolution(space, linear(space, seed), new SplittableRandom(seed + 1)).run();
        c.isTrue("dearest of " + found.size(), found.stream().allMatch(f -> space.cost(f.genes()) <= space.budget()));
        long largest = space.cost(space.extreme(true, false));
        c.isTrue("the largest is over it", largest > space.budget());
    }

    /** A share of operations that no network, or hardly any, keeps to is refused instead of searched for ever. */
    private static void unreachable(CheckContext c) {
        for (NasConfig config : spaces(Size.TEST)) {
            NasConfig.Search s = config.search();
            NasConfig.Search none = new NasConfig.Search(
                    s.evaluated(), s.population(), s.generations(), s.keep(), s.mutation(), s.crossover(), 1e-3, 0);
            NasConfig tight =
                    new NasConfig(config.form(), config.dims(), config.heads(), config.hidden(), config.train(), none);
            c.refuses("budget of a thousandth", "search.budget 0.001", () -> new Space(tight));
        }
    }

    /** Multiply-adds of all products that a forward runs at 1024 tokens, on shapes alone, against the formula: within 1 %. */
    private static void operations(CheckContext c) {
        NasConfig config = config(Size.TEST);
        NasConfig longer = new NasConfig(
                new NasConfig.Form.Translation(3, List.of(1, 2, 3), List.of(1, 2, 3), 20, 1024),
                config.dims(),
                config.heads(),
                config.hidden(),
                config.train(),
                config.search());
        NasRecipe r = recipe(c, longer);
        Space space = r.space();
        SplittableRandom random = new SplittableRandom(c.draws().seed());
        int[] drawn = space.draw(random);
        for (int[] genes : List.of(space.typed(drawn, false), space.typed(drawn, true), drawn)) {
            Architecture a = space.decode(genes);
            Products count = new Products();
            Tensor ids = Tensor.abstractOf(TensorSpec.of(DType.I64, 1, 1024));
            Tensors in = Tensors.of("src", ids, "tgt", ids);
            Exec.run(count, () -> r.network(() -> a).layer().forward(in, Call.eval()));
            double embedding = 1024.0 * a.dim() * 20;
            c.close("multiply-adds of " + a, count.total() - embedding, (double) a.cost(1024), 0.01);
        }
    }

    private static void reproduced(CheckContext c) {
        NasRecipe first = trained(c);
        NasRecipe second = trained(c);
        c.equal("architecture", second.best(), first.best());
        c.equal("ranking", second.search().tau(), first.search().tau());
        Tensors batch = batch(first);
        c.same("finished network", logits(second.finished(), batch), logits(first.finished(), batch));
        c.isTrue("within the budget", first.best().cost(12) <= new Space(config(Size.TINY)).budget());
    }

    private static void weighed(CheckContext c) {
        NasConfig config = config(Size.TINY);
        NasConfig.Search s = config.search();
        NasConfig.Search by = new NasConfig.Search(30, 30, 10, 5, s.mutation(), s.crossover(), 1, 100);
        NasRecipe r = recipe(
                c, new NasConfig(config.form(), config.dims(), config.heads(), config.hidden(), config.train(), by));
        Space space = r.space();
        double least = Math.min(space.cost(space.extreme(false, false)), space.cost(space.extreme(false, true)));
        double found = r.best().cost(12);
        c.isTrue("operations " + found + ", least " + least, found <= 1.2 * least);
    }

    private static NasRecipe trained(CheckContext c) {
        NasRecipe r = recipe(c, config(Size.TINY));
        new Trainer(TrainOptions.inMemory(), RunContext.quiet(c.draws().seed())).run(r.stages(), i -> Tensors.empty());
        return r;
    }

    /** Mean over three accuracies, each judged on 100 networks that the ranker wasn't fitted on. */
    private static void ranked(CheckContext c) {
        Space space = new Space(config(Size.TEST));
        double mean = 0;
        for (long seed = c.draws().seed(); seed < c.draws().seed() + 3; seed++) {
            mean += tau(space, linear(space, seed), new SplittableRandom(1000 + seed)) / 3;
        }
        c.isTrue("Kendall's tau " + mean, mean > 0.9);
    }

    private static double tau(Space space, ToDoubleFunction<int[]> accuracy, SplittableRandom random) {
        List<int[]> genes =
                IntStream.range(0, 200).mapToObj(i -> space.draw(random)).toList();
        double[] losses = genes.stream().mapToDouble(accuracy).map(x -> -x).toArray();
        List<double[]> features = genes.stream().map(space::features).toList();
        Ranker r = Ranker.fit(features.subList(0, 100), Arrays.copyOf(losses, 100));
        double[] scores =
                features.subList(100, 200).stream().mapToDouble(r::score).toArray();
        return Ranker.tau(scores, Arrays.copyOfRange(losses, 100, 200));
    }

    private static void evolution(CheckContext c) {
        Space space = new Space(config(Size.TEST));
        double better = 0;
        for (long seed = c.draws().seed(); seed < c.draws().seed() + 5; seed++) {
            ToDoubleFunction<int[]> score = linear(space, seed);
            List<Evolution.Found> found = new Evolution(space, score, new SplittableRandom(seed)).run();
            List<Evolution.Found> random = new Evolution(space, score, new SplittableRandom(seed)).random(found.size());
            better += found.getFirst().score() - random.getFirst().score();
        }
        c.isTrue("evolution ahead by " + better / 5, better > 0);
    }

    private static void references(CheckContext c) {
        spaces(Size.TINY).forEach(config -> references(c, config));
    }

    private static void references(CheckContext c, NasConfig config) {
        NasRecipe.Outcome o = recipe(c, config).search();
        c.isTrue(
                "losses " + o.mixed() + ", " + o.softmax() + ", " + o.linear(),
                o.softmax() > 0 && o.linear() > 0 && o.mixed() > 0);
        Space space = new Space(config);
        Architecture soft = space.decode(space.extreme(true, false));
        Architecture linear = space.decode(space.extreme(true, true));
        c.equal("all softmax", soft.all(false), soft);
        c.equal("all linear", soft.all(true).decoder(), linear.decoder());
        c.isTrue("linear in the encoder", linear.encoder().stream().allMatch(Architecture.Unit::linear));
        c.isTrue("operations at 1024 tokens", linear.cost(1024) < soft.cost(1024));
    }
}
