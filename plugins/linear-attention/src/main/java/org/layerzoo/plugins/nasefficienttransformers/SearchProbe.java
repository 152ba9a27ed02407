package org.layerzoo.plugins.nasefficienttransformers;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.layerzoo.core.report.Block;
import org.layerzoo.core.report.Report;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.spi.ProbeProvider;
import org.layerzoo.core.spi.RunContext;
import org.layerzoo.core.spi.Size;
import org.layerzoo.core.spi.Task;
import org.layerzoo.core.spi.TrainStage;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.plugins.nasefficienttransformers.Architecture.Unit;
import org.layerzoo.train.Evaluator;
import org.layerzoo.train.TrainOptions;
import org.layerzoo.train.Trainer;
import org.pf4j.Extension;

/**
 * The whole search, told: a supernet is trained, its networks are ranked and searched, then those with linear and those with softmax attention
 * alone, and the best of all and of the softmax ones are trained from scratch. Figures are the accuracies of these two, their multiply-adds at
 * the longest input in 10^6, tau of each ranker, and in how many choices beside the types the best linear network differs from the
 * best softmax one.
 */
@Extension
public final class SearchProbe implements ProbeProvider<NasConfig> {
    private static final int BATCHES = 8;

    @Override
    public String name() {
        return "search";
    }

    @Override
    public Class<NasConfig> config() {
        return NasConfig.class;
    }

    @Override
    public NasConfig defaults(Size size) {
        return new NasProvider().defaults(size);
    }

    @Override
    public Report run(NasConfig c, Map<String, Model> subjects, Optional<Task> task, RunContext context) {
        NasRecipe recipe = new NasRecipe(c, task, context);
        train(recipe.stages().getFirst(), context);
        NasRecipe.Outcome found = recipe.search();
        NasRecipe.Typed linear = recipe.search(true);
        NasRecipe.Typed softmax = recipe.search(false);
        Space space = recipe.space();
        Architecture mixed = recipe.best();
        Architecture plain = space.decode(softmax.genes());
        List<Block> blocks = new ArrayList<>();
        figure(blocks, "accuracy mixed", accuracy(recipe, mixed, context, c));
        figure(blocks, "accuracy softmax", accuracy(recipe, plain, context, c));
        figure(blocks, "operations mixed", mixed.cost(c.form().tokens()) / 1e6);
        figure(blocks, "operations softmax", plain.cost(c.form().tokens()) / 1e6);
        figure(blocks, "tau", found.tau());
        figure(blocks, "tau linear", linear.tau());
        figure(blocks, "tau softmax", softmax.tau());
        int[] one = space.typed(linear.genes(), false);
        int[] other = softmax.genes();
        figure(
                blocks,
                "differing choices",
                IntStream.range(0, one.length)
                        .filter(i -> one[i] != other[i])
                        .filter(i -> space.used(one, i) && space.used(other, i))
                        .count());
        blocks.add(told("best", mixed));
        blocks.add(told("best with linear attention", space.decode(linear.genes())));
        blocks.add(told("best with softmax attention", plain));
        return new Report("Search among softmax and linear attention", blocks, List.of());
    }

    private static void figure(List<Block> blocks, String title, double value) {
        blocks.add(new Block.Scalar(title, value, "", ""));
    }

    private static void train(TrainStage stage, RunContext context) {
        new Trainer(TrainOptions.inMemory(), context).run(List.of(stage), i -> Tensors.empty());
    }

    /** Of a network trained from scratch, by the task's main metric. */
    private static double accuracy(NasRecipe recipe, Architecture a, RunContext context, NasConfig c) {
        TrainStage stage = recipe.alone("scratch", a);
        train(stage, context);
        return Evaluator.run(
                        stage.model(),
                        recipe.task(),
                        Task.Split.TEST,
                        BATCHES,
                        c.train().batch(),
                        context)
                .values()
                .iterator()
                .next();
    }

    private static Block told(String title, Architecture a) {
        List<List<String>> rows = new ArrayList<>();
        for (int i = 0; i < a.encoder().size(); i++) {
            Unit u = a.encoder().get(i);
            rows.add(row("encoder " + i, a.dim(), u, ""));
        }
        for (int i = 0; i < a.decoder().size(); i++) {
            Unit u = a.decoder().get(i);
            rows.add(row("decoder " + i, a.dim(), u, type(u.crossLinear()) + " to the last " + u.sources()));
        }
        return new Block.Table(title, List.of("layer", "width", "heads", "hidden", "self", "to the encoder"), rows);
    }

    private static List<String> row(String layer, int dim, Unit u, String cross) {
        return List.of(layer, "" + dim, "" + u.heads(), "" + u.hidden(), type(u.linear()), cross);
    }

    private static String type(boolean linear) {
        return linear ? "linear" : "softmax";
    }
}
