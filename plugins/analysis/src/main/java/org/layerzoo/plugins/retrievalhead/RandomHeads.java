package org.layerzoo.plugins.retrievalhead;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.layerzoo.core.layer.Draws;
import org.layerzoo.nn.host.WatchedDecoding;

/** What the check of the random control looks at. */
public final class RandomHeads {
    private RandomHeads() {}

    /** Whether as many random heads share none with the best {@code strong} of a random score table. */
    public static boolean disjoint(Draws draws, int layers, int heads, int strong) {
        double[][] mean = new double[layers][heads];
        double[] u = draws.uniform("scores", org.layerzoo.core.tensor.DType.F64, layers * heads)
                .toDoubles();
        for (int i = 0; i < u.length; i++) {
            mean[i / heads][i % heads] = u[i];
        }
        List<WatchedDecoding.Head> ranked = RetrievalHeadProbe.ranked(new RetrievalHeadProbe.Scores(mean, mean, 1, 1));
        Set<WatchedDecoding.Head> best = new HashSet<>(ranked.subList(0, strong));
        Set<WatchedDecoding.Head> random = RetrievalHeadProbe.random(ranked, strong, strong, draws);
        return random.size() == strong && random.stream().noneMatch(best::contains);
    }
}
