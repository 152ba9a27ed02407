package org.layerzoo.plugins.nasefficienttransformers;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.ToDoubleFunction;

/** Search for the best genes within the space's budget; what is over it is drawn again. */
public record Evolution(Space space, ToDoubleFunction<int[]> score, SplittableRandom random) {
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
        int[] g = space.draw(random);
        while (space.cost(g) > space.budget()) {
            g = space.draw(random);
        }
        return g;
    }

    private int[] child(List<Found> parents, NasConfig.Search s) {
        int[] options = space.options();
        while (true) {
            int[] g = parents.get(random.nextInt(parents.size())).genes().clone();
            int[] other = parents.get(random.nextInt(parents.size())).genes();
            boolean two = random.nextDouble() < s.crossover();
            for (int i = 0; i < g.length; i++) {
                g[i] = two && random.nextBoolean() ? other[i] : g[i];
                g[i] = random.nextDouble() < s.mutation() ? random.nextInt(options[i]) : g[i];
            }
            if (space.cost(g) <= space.budget()) {
                return g;
            }
        }
    }
}
