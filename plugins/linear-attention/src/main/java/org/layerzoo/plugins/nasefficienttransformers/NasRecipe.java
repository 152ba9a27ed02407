package org.layerzoo.plugins.nasefficienttransformers;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Draws;
import org.layerzoo.core.layer.ParamTree;
import org.layerzoo.core.spi.Contract;
import org.layerzoo.core.spi.Mode;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.spi.Port;
import org.layerzoo.core.spi.Recipe;
import org.layerzoo.core.spi.RunContext;
import org.layerzoo.core.spi.Signature;
import org.layerzoo.core.spi.StepProgram;
import org.layerzoo.core.spi.Task;
import org.layerzoo.core.spi.TrainStage;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.plugins.nasefficienttransformers.NasConfig.Form;
import org.layerzoo.train.Inputs;
import org.layerzoo.train.task.ReversalTask;
import org.layerzoo.train.task.ShapesTask;

/** Trains a supernet on a network of the space drawn anew at each step, ranks, searches within the budget, and trains the best one from scratch. */
public final class NasRecipe implements Recipe {
    /** Most networks on which the ranker is judged. */
    private static final int HELD_OUT = 20;

    private static final int TRIALS = 2;

    private final NasConfig c;
    private final Space space;
    private final Task task;
    private final RunContext context;
    private final ParamTree tree;
    private final ParamTree scratch;
    private final SuperNet shared;
    private final SuperNet fresh;
    private Optional<Outcome> outcome = Optional.empty();

    /**
     * What the search found.
     *
     * @param tau between the ranker's scores and the losses of networks that it wasn't fitted on
     * @param best every network that the evolution looked at, best first
     * @param softmax loss of the best network with softmax attention everywhere, {@code linear} with linear attention
     */
    public record Outcome(List<Evolution.Found> best, double tau, double mixed, double softmax, double linear) {}

    /** A ranker, how well it orders what it wasn't fitted on, and draws that go on from there. */
    private record Ranked(Ranker ranker, double tau, SplittableRandom random) {
        double score(Space space, int[] genes) {
            return ranker.score(space.features(genes));
        }
    }

    /** @param task one whose batches have the inputs of the form; its own when absent */
    public NasRecipe(NasConfig c, Optional<Task> task, RunContext context) {
        this.c = c;
        this.context = context;
        this.task =
                task.orElseGet(() -> own(c.form(), context.draws().at("data").seed()));
        List<String> ports = this.task.batch().stream().map(Port::name).toList();
        List<String> needed = signature().in().stream().map(Port::name).toList();
        if (!ports.containsAll(needed)) {
            throw ZooException.badArgument(
                    "nas-efficient-transformers: a task with the ports " + needed + " expected, given " + ports);
        }
        space = new Space(c);
        Architecture widest = space.decode(space.extreme(true, false));
        tree = new ParamTree(context.draws().at("supernet"), DType.F32);
        scratch = new ParamTree(context.draws().at("scratch"), DType.F32);
        shared = new SuperNet(c, widest, tree.root());
        fresh = new SuperNet(c, widest, scratch.root());
    }

    private static Task own(Form form, long seed) {
        return switch (form) {
            case Form.Translation t -> new ReversalTask(t.vocab(), t.length(), seed);
            case Form.Images i -> new ShapesTask(i.side(), seed);
        };
    }

    private Signature signature() {
        return switch (c.form()) {
            case Form.Translation t ->
                new Signature(
                        List.of(
                                Port.in("src", "B S", "source tokens").as(DType.I64),
                                Port.in("tgt", "B T", "target tokens").as(DType.I64)),
                        List.of(Port.out("y", "B T V", "scores of the next tokens")),
                        List.of(),
                        EnumSet.of(Mode.SELF_NONCAUSAL, Mode.SELF_CAUSAL, Mode.CROSS_NONCAUSAL),
                        Contract.bidirectional());
            case Form.Images i ->
                new Signature(
                        List.of(Port.in("image", "B C=1 y x", "grey pixels")),
                        List.of(Port.out("y", "B K", "scores of the classes")),
                        List.of(),
                        EnumSet.of(Mode.SELF_NONCAUSAL),
                        Contract.bidirectional());
        };
    }

    public Space space() {
        return space;
    }

    /** The task given, or the form's own. */
    public Task task() {
        return task;
    }

    /** The supernet as one of its networks. */
    public Model network(Supplier<Architecture> which) {
        return model(shared, tree, which);
    }

    private Model model(SuperNet net, ParamTree params, Supplier<Architecture> which) {
        return new Model("nas-efficient-transformers", net.network(which), params, signature(), c);
    }

    @Override
    public List<TrainStage> stages() {
        Architecture[] drawn = new Architecture[1];
        StepProgram sampling = s -> {
            drawn[0] = space.decode(space.draw(random("step", s.step())));
            return Map.of("loss", s.minimize(() -> loss(s.model(), batch(s.batch(), s.step()), s.call())));
        };
        return List.of(
                new TrainStage(
                        "supernet",
                        network(() -> drawn[0]),
                        sampling,
                        p -> true,
                        adam(),
                        c.train().steps()),
                alone("retrain", model(fresh, scratch, this::best)));
    }

    private TrainStage.Optim adam() {
        return TrainStage.Optim.adamW(c.train().rate());
    }

    /** Training of one network. */
    private TrainStage alone(String name, Model m) {
        StepProgram plain =
                s -> Map.of("loss", s.minimize(() -> loss(s.model(), batch(s.batch(), s.step()), s.call())));
        return new TrainStage(name, m, plain, p -> true, adam(), c.train().last());
    }

    /** Training of a network from scratch with weights of its own. */
    public TrainStage alone(String name, Architecture a) {
        ParamTree own = new ParamTree(context.draws().at("alone"), DType.F32);
        return alone(name, model(new SuperNet(c, a, own.root()), own, () -> a));
    }

    private SplittableRandom random(String name, long step) {
        Draws d = context.draws().at(name).step(step);
        return new SplittableRandom((long) d.integers("seed", 0, 1L << 23, 1).get(0));
    }

    private Tensors batch(Tensors given, long step) {
        return given.size() > 0
                ? given
                : task.batch(Task.Split.TRAIN, step, c.train().batch());
    }

    private Tensor loss(Model m, Tensors batch, Call call) {
        return task.loss(m.forward(Inputs.of(m, batch), call), batch);
    }

    /** Mean loss of a network with the supernet's weights over held-out samples. */
    public double evaluate(Architecture a) {
        Model m = network(() -> a);
        double total = 0;
        for (int i = 0; i < TRIALS; i++) {
            Tensors b = task.batch(Task.Split.VALID, i, c.train().batch());
            total += loss(m, b, Call.eval()).item();
        }
        return total / TRIALS;
    }

    /** What is least for the best network: its loss, and beside it the weighed logarithm of its operations. */
    private double objective(int[] genes) {
        return evaluate(space.decode(genes)) + c.search().lambda() * Math.log(space.cost(genes));
    }

    /** Networks of one kind drawn, judged and ranked. */
    private Ranked ranked(UnaryOperator<int[]> kind, SplittableRandom r) {
        int n = c.search().evaluated();
        List<double[]> features = new ArrayList<>();
        int all = n + Math.min(n, HELD_OUT);
        double[] losses = new double[all];
        for (int i = 0; i < losses.length; i++) {
            int[] genes = kind.apply(space.draw(r));
            features.add(space.features(genes));
            losses[i] = objective(genes);
            context.progress((double) i / losses.length, "networks evaluated");
            context.checkCancelled();
        }
        Ranker ranker = Ranker.fit(features.subList(0, n), Arrays.copyOf(losses, n));
        double[] scores =
                features.subList(n, all).stream().mapToDouble(ranker::score).toArray();
        return new Ranked(ranker, Ranker.tau(scores, Arrays.copyOfRange(losses, n, all)), r);
    }

    /** Ranks and searches at the first call. */
    public Outcome search() {
        if (outcome.isEmpty()) {
            Ranked r = ranked(UnaryOperator.identity(), random("search", 0));
            List<Evolution.Found> best = new Evolution(space, g -> r.score(space, g), r.random()).run();
            Architecture a = space.decode(best.getFirst().genes());
            outcome =
                    Optional.of(new Outcome(best, r.tau(), evaluate(a), evaluate(a.all(false)), evaluate(a.all(true))));
        }
        return outcome.get();
    }

    /** The best network of one type of attention alone, by a ranker of such networks, and that ranker's tau. */
    public record Typed(int[] genes, double tau) {}

    /** A search of its own among networks whose attentions are all linear, or all softmax. */
    public Typed search(boolean linear) {
        UnaryOperator<int[]> kind = g -> space.typed(g, linear);
        Ranked r = ranked(kind, random("search of one type", 0));
        int[] best = new Evolution(space, g -> r.score(space, g), r.random(), kind)
                .run()
                .getFirst()
                .genes();
        return new Typed(best, r.tau());
    }

    public Architecture best() {
        return space.decode(search().best().getFirst().genes());
    }

    /** The best network with weights of its own size. */
    @Override
    public Model finished() {
        return standalone(fresh, best());
    }

    /** A network by itself with the leading blocks of a supernet's weights. */
    public Model standalone(Architecture a) {
        return standalone(shared, a);
    }

    private Model standalone(SuperNet from, Architecture a) {
        ParamTree own = new ParamTree(context.draws().at("standalone"), DType.F32);
        SuperNet net = new SuperNet(c, a, own.root());
        from.copyTo(own);
        return model(net, own, () -> a);
    }
}
