package org.layerzoo.plugins.retrievalhead;

import java.util.HashSet;
import java.util.OptionalLong;
import java.util.Set;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.tensor.Tensor;

/**
 * Retrieval score of every head for one run (section 2): at each decoding step the head copies when its top-1 prompt
 * position j lies in the needle and the prompt's token there is the token just generated. g = distinct copied needle
 * positions over the needle's length; the released code counts every copying step. Ties of the maximum go to the
 * lowest position.
 *
 * @param score [layers][heads]
 * @param steps decoded up to and with the stop token
 */
public record RetrievalScore(double[][] score, int steps) {
    /**
     * prompt I64 [n]; attention [steps, layers, heads, n]: the row of the step that produced the token; generated I64
     * [steps]; needle positions from (inclusive) to (exclusive).
     */
    public static RetrievalScore of(
            Tensor prompt,
            Tensor attention,
            Tensor generated,
            int from,
            int to,
            OptionalLong stop,
            boolean countRepeats) {
        if (from < 0 || to <= from || to > prompt.dim(0)) {
            throw ZooException.badArgument(
                    "needle " + from + ".." + to + " does not lie in a prompt of " + prompt.dim(0) + " tokens");
        }
        long[] tokens = prompt.toLongs();
        long[] words = generated.toLongs();
        int steps = steps(words, stop);
        double[][] score = new double[attention.dim(1)][attention.dim(2)];
        for (int l = 0; l < score.length; l++) {
            for (int h = 0; h < score[l].length; h++) {
                score[l][h] = copied(
                                attention.slice(0, 0, steps).select(1, l).select(1, h),
                                tokens,
                                words,
                                from,
                                to,
                                countRepeats)
                        / (double) (to - from);
            }
        }
        return new RetrievalScore(score, steps);
    }

    private static int steps(long[] words, OptionalLong stop) {
        for (int s = 0; s < words.length; s++) {
            if (stop.isPresent() && words[s] == stop.getAsLong()) {
                return s + 1;
            }
        }
        return words.length;
    }

    private static int copied(Tensor rows, long[] prompt, long[] words, int from, int to, boolean countRepeats) {
        int n = prompt.length;
        float[] a = rows.toFloats();
        Set<Integer> distinct = new HashSet<>();
        int all = 0;
        for (int s = 0; s < rows.dim(0); s++) {
            int best = 0;
            for (int j = 1; j < n; j++) {
                best = a[s * n + j] > a[s * n + best] ? j : best;
            }
            if (best >= from && best < to && prompt[best] == words[s]) {
                distinct.add(best);
                all++;
            }
        }
        return countRepeats ? all : distinct.size();
    }
}
