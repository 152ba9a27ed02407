package org.layerzoo.plugins.randomizedpositionalencodings;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Draws;
import org.layerzoo.core.layer.Seqs;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.nn.Sequences;

/**
 * Ordered random positions (section 3, algorithm 1). A draw is named and can be given: "draw" for positions, "right" and
 * "left" for distances less 1. A shorter sequence keeps the first of a longer one's unordered draw, so that sequences of one
 * call get what each would get alone.
 */
public final class RandomPositions {
    private RandomPositions() {}

    /** n of 0..limit-1 without repetition, ascending: I64 [n]. @throws ZooException if n exceeds the limit */
    public static Tensor ascending(Draws draws, String name, int n, int limit) {
        if (n > limit) {
            throw ZooException.badArgument("randomized-positional-encodings: " + n
                    + " distinct positions cannot be drawn from " + limit + ": a larger maxLength expected");
        }
        return sorted(draws.subset(name, n, limit));
    }

    private static Tensor sorted(Tensor x) {
        return Ops.indexSelect(x, 0, Ops.argSort(x.cast(DType.F64), 0, false));
    }

    /** Of the tokens of a call: I64 [T], or [B, T] where rows have lengths of their own. */
    static Tensor of(RandomizedPositionalEncodingsConfig c, Call call, int t) {
        if (call.seqs().positions().isPresent() && c.randomized()) {
            throw ZooException.unsupported(
                    "randomized-positional-encodings draws positions itself: a call without positions expected");
        }
        return switch (call.seqs()) {
            case Seqs.Packed p ->
                Ops.concat(0, each(c, call, differences(p.cuSeqlens().toLongs()), Sequences.longest(p)));
            case Seqs.Dense d -> {
                Optional<long[]> lengths = d.lengths().map(Tensor::toLongs);
                if (lengths.isPresent() && c.randomized()) {
                    List<Tensor> rows = each(c, call, lengths.get(), t);
                    yield Ops.stack(
                            0,
                            rows.stream()
                                    .map(r -> Ops.padZero(r, 0, 0, t - r.dim(0)))
                                    .toList());
                }
                yield c.randomized()
                        ? ascending(call.draws(), "draw", t, c.maxLength())
                        : Sequences.positions(call, 0, t);
            }
        };
    }

    private static List<Tensor> each(RandomizedPositionalEncodingsConfig c, Call call, long[] lengths, int longest) {
        if (longest > c.maxLength() && c.randomized()) {
            ascending(call.draws(), "draw", longest, c.maxLength());
        }
        List<Tensor> out = new ArrayList<>();
        for (long n : lengths) {
            Tensor drawn =
                    c.randomized() ? call.draws().subset("draw", longest, c.maxLength()) : Ops.iota(DType.I64, longest);
            out.add(sorted(drawn.slice(0, 0, Math.toIntExact(n))));
        }
        return out;
    }

    private static long[] differences(long[] bounds) {
        long[] n = new long[bounds.length - 1];
        for (int i = 0; i < n.length; i++) {
            n[i] = bounds[i + 1] - bounds[i];
        }
        return n;
    }

    /** What the offsets -(t-1)..t-1 of key to query become, ascending with 0 at the middle: F64 [2 t - 1]. */
    public static Tensor offsets(Draws draws, int t, int limit, boolean randomized, boolean bothSides) {
        Tensor zero = Tensor.zeros(DType.F64, 1);
        if (t == 1) {
            return zero;
        }
        Tensor right = distances(draws, "right", t, limit, randomized);
        Tensor left = bothSides ? distances(draws, "left", t, limit, randomized) : right;
        return Ops.concat(0, Ops.flip(left, 0).neg(), zero, right);
    }

    private static Tensor distances(Draws draws, String name, int t, int limit, boolean randomized) {
        Tensor d = randomized ? ascending(draws, name, t - 1, limit - 1) : Ops.iota(DType.I64, t - 1);
        return d.cast(DType.F64).add(1);
    }

    /** Sines, then cosines, of position * timescale^(-2 m / width), m = 0..width/2-1: [.., width] in F64. */
    static Tensor sinusoids(Tensor positions, int width, double timescale) {
        Tensor m = Ops.iota(DType.F64, width / 2);
        Tensor frequency = Ops.exp(m.mul(-2 * Math.log(timescale) / width));
        Tensor angle = positions.cast(DType.F64).unsqueeze(-1).mul(frequency);
        return Ops.concat(-1, Ops.sin(angle), Ops.cos(angle));
    }
}
