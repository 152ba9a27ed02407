package org.layerzoo.data.sequence;

import java.util.Arrays;
import org.layerzoo.core.layer.Draws;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;

/**
 * A prompt of filler with a needle: ... KEY n_1 .. n_m ... KEY, to be continued with n_1 .. n_m. Token 0 is KEY; filler comes from
 * the lower half of the vocabulary, needles from the upper half, so that only the prompt tells the answer.
 *
 * @param tokens the prompt
 * @param from first needle position
 * @param to position behind the needle
 */
public record Haystack(long[] tokens, int from, int to) {
    /** The needle as tokens. */
    public long[] needle() {
        return Arrays.copyOfRange(tokens, from, to);
    }

    /** I64 [1, n]. */
    public Tensor prompt() {
        return Tensor.of(tokens, 1, tokens.length);
    }

    /** @param depth 0 at the start, 1 just before the question */
    public static Haystack draw(Draws draws, int length, double depth, int needle, int vocab) {
        int half = vocab / 2;
        long[] tokens = new long[length];
        double[] u = draws.uniform("filler", DType.F64, length).toDoubles();
        tokens[0] = 1;
        for (int i = 1; i < length; i++) {
            // A Markov chain: mostly the successor of the token before, at times a jump.
            tokens[i] = u[i] < 0.7 ? 1 + tokens[i - 1] % (half - 1) : 1 + (long) ((u[i] - 0.7) / 0.3 * (half - 1));
        }
        int at = (int) Math.round(depth * (length - needle - 2));
        long[] n = draws.integers("needle", half, vocab, needle).toLongs();
        tokens[at] = 0;
        System.arraycopy(n, 0, tokens, at + 1, needle);
        tokens[length - 1] = 0;
        return new Haystack(tokens, at + 1, at + 1 + needle);
    }

    /** Share of the needle's tokens that occur in the answer (ROUGE-1 recall). */
    public double recall(long[] answer) {
        long[] left = answer.clone();
        int found = 0;
        for (long t : needle()) {
            for (int i = 0; i < left.length; i++) {
                if (left[i] == t) {
                    left[i] = -1;
                    found++;
                    break;
                }
            }
        }
        return found / (double) (to - from);
    }

    /** Prompt and answer as one row for training: the tokens but the answer's last. */
    public long[] answered() {
        long[] x = Arrays.copyOf(tokens, tokens.length + needle().length - 1);
        System.arraycopy(needle(), 0, x, tokens.length, needle().length - 1);
        return x;
    }

    /** What {@link #answered} is to predict at each place: the answer's tokens, {@code ignore} elsewhere. */
    public long[] targets(long ignore) {
        long[] y = new long[tokens.length + needle().length - 1];
        Arrays.fill(y, ignore);
        System.arraycopy(needle(), 0, y, tokens.length - 1, needle().length);
        return y;
    }
}
