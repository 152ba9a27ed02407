package org.layerzoo.plugins.nasefficienttransformers;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import java.util.function.UnaryOperator;
import org.layerzoo.core.ZooException;

/**
 * Search for the best genes within the space's budget; what is over it is drawn again.
 *
 * @param fixed what becomes of genes before they are judged, as where all attentions are of one type
 */
public record Evolution(
        Space space, ToDoubleFunction<int[]> score, SplittableRandom random, UnaryOperator<int[]> fixed) {
    /** Draws after which nothing within the budget is expected any more. */
    private static final int TRIES = 100_000;

    /** In the whole space. */
    public Evolution(Space space, ToDoubleFunction<int[]> score, SplittableRandom random) {
        this(space, score, random, UnaryOperator.identity());
    }

    /** A network and its score. */
    public record Found(int[] genes, double score) {}

    /** Everything that was looked at, best first. */
    public List<Found> run() {
        NasConfig.Search s = space.c().search();
        List<Found> alive = new ArrayList<>();
        List<Found> seen = new ArrayList<>();
        for (int generation = 0; generation < s.generations(); generation++) {
            List<Found> born = new ArrayList<>();
            while (alive.size() + born.size() < s.population()) {
                born.add(judged(generation == 0 ? drawn() : child(alive, s)));
            }
            seen.addAll(born);
            alive.addAll(born);
            alive.sort(Comparator.comparingDouble(f -> -f.score()));
            alive = new ArrayList<>(alive.subList(0, Math.min(s.keep(), alive.size())));
        }
        return sorted(seen);
    }

    /** As many networks at random. */
    public List<Found> random(int evaluations) {
        List<Found> seen = new ArrayList<>();
        for (int i = 0; i < evaluations; i++) {
            seen.add(judged(drawn()));
        }
        return sorted(seen);
    }

    private static List<Found> sorted(List<Found> seen) {
        return seen.stream().sorted(Comparator.comparingDouble(f -> -f.score())).toList();
    }

    private Found judged(int[] genes) {
        return new Found(genes, score.applyAsDouble(genes));
    }

    private int[] drawn() {
        return within(() -> space.draw(random));
    }

    private int[] within(Supplier<int[]> genes) {
        long budget = space.budget();
        for (int i = 0; i < TRIES; i++) {
            int[] g = fixed.apply(genes.get());
            if (space.cost(g) <= budget) {
                return g;
            }
        }
        throw ZooException.badArgument("nas-efficient-transformers: none of " + TRIES
                + " networks drawn takes at most the " + budget + " operations of search.budget "
                + space.c().search().budget());
    }

    private int[] child(List<Found> parents, NasConfig.Search s) {
        return within(() -> crossed(parents, s));
    }

    private int[] crossed(List<Found> parents, NasConfig.Search s) {
        int[] options = space.options();
        int[] g = parents.get(random.nextInt(parents.size())).genes().clone();
        int[] other = parents.get(random.nextInt(parents.size())).genes();
        boolean two = random.nextDouble() < s.crossover();
        for (int i = 0; i < g.length; i++) {
            g[i] = two && random.nextBoolean() ? other[i] : g[i];
            g[i] = random.nextDouble() < s.mutation() ? random.nextInt(options[i]) : g[i];
        }
        return g;
    }
}
