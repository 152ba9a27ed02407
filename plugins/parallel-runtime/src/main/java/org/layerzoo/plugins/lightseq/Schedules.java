package org.layerzoo.plugins.lightseq;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Who computes which pair (query chunk, key chunk) at which step (LightSeq, sections 3.1 and 3.2). */
public final class Schedules {
    private Schedules() {}

    /** Rank {@code worker} computes the queries of chunk {@code query} with the keys of chunk {@code key}. */
    public record Pair(int worker, int query, int key) {
        /** Whether the worker lends its time to the rank that owns the queries. */
        public boolean helps() {
            return worker != query;
        }
    }

    /** For every step the pair of each rank, empty where it idles. */
    public static List<List<Optional<Pair>>> steps(LightSeqConfig c, int ranks) {
        boolean balanced = c.causal() && c.schedule() == LightSeqConfig.Schedule.BALANCED;
        int count = balanced ? ranks / 2 + 1 : ranks;
        List<List<Optional<Pair>>> out = new ArrayList<>();
        for (int t = 0; t < count; t++) {
            List<Optional<Pair>> row = new ArrayList<>();
            for (int p = 0; p < ranks; p++) {
                row.add(pair(c.causal(), balanced, ranks, t, p));
            }
            out.add(row);
        }
        return out;
    }

    private static Optional<Pair> pair(boolean causal, boolean balanced, int ranks, int t, int p) {
        if (p >= t) {
            return Optional.of(new Pair(p, p, p - t));
        }
        if (!causal) {
            return Optional.of(new Pair(p, p, p - t + ranks));
        }
        // At the last step of an even number of ranks every pair is already taken.
        boolean needed = balanced && !(ranks % 2 == 0 && t == ranks / 2);
        return needed ? Optional.of(new Pair(p, p + ranks - t, p)) : Optional.empty();
    }
}
