package org.layerzoo.plugins.ecoformer;

import java.util.ArrayList;
import java.util.List;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.Primitive.SegmentKind;
import org.layerzoo.core.op.Wide;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;

/**
 * Products of codes H [B, h, N, b] of +-1 with numbers, by additions and subtractions alone. Four bits of a code are a word; tokens of one
 * word are added up first, and the sums over all words of a group become those of its bits: b/4 additions a token and channel instead of b.
 * Reads look up, for each word, the sum of the group's rows under its signs.
 *
 * @param groups words I64 [B h N], those of sample s in [s 2^w, (s + 1) 2^w) for a group of w bits
 */
public record SignSums(List<Tensor> groups, int tokens, int bits) {
    private static final int WORD = 4;

    public static SignSums of(Tensor codes) {
        int bits = codes.dim(3);
        int samples = codes.dim(0) * codes.dim(1);
        Tensor set = codes.gt(0).cast(DType.I64).reshape(samples, codes.dim(2), bits);
        List<Tensor> groups = new ArrayList<>();
        for (int from = 0; from < bits; from += WORD) {
            Tensor word = Ops.iota(DType.I64, samples).unsqueeze(1);
            for (int bit = Math.min(bits, from + WORD) - 1; bit >= from; bit--) {
                word = word.add(word).add(set.select(2, bit));
            }
            groups.add(word.reshape(samples * codes.dim(2)));
        }
        return new SignSums(groups, codes.dim(2), bits);
    }

    private int width(int group) {
        return Math.min(WORD, bits - group * WORD);
    }

    /** H^T v [B, h, b, d] of v [B, h, N, d]. */
    public Tensor sums(Tensor v) {
        int samples = v.dim(0) * v.dim(1);
        Tensor rows = Wide.up(v).reshape(samples * v.dim(2), v.dim(3));
        List<Tensor> out = new ArrayList<>();
        for (int g = 0; g < groups.size(); g++) {
            int words = 1 << width(g);
            Tensor left = Ops.segment(SegmentKind.SUM, rows, groups.get(g), samples * words)
                    .reshape(samples, words, v.dim(3));
            List<Tensor> high = new ArrayList<>();
            for (int half = words / 2; half > 0; half /= 2) {
                Tensor off = left.slice(1, 0, half);
                Tensor on = left.slice(1, half, 2 * half);
                high.addFirst(on.sub(off).sumKeep(1));
                left = on.add(off);
            }
            out.addAll(high);
        }
        return Wide.down(Ops.concat(1, out).reshape(v.dim(0), v.dim(1), bits, v.dim(3)), v);
    }

    /** H s [B, h, N, d] of s [B, h, b, d]. */
    public Tensor reads(Tensor s) {
        int samples = s.dim(0) * s.dim(1);
        Tensor rows = Wide.up(s).reshape(samples, bits, s.dim(3));
        Tensor out = null;
        for (int g = 0; g < groups.size(); g++) {
            Tensor first = rows.slice(1, g * WORD, g * WORD + 1);
            Tensor table = Ops.concat(1, first.neg(), first);
            for (int bit = g * WORD + 1; bit < g * WORD + width(g); bit++) {
                Tensor row = rows.slice(1, bit, bit + 1);
                table = Ops.concat(1, table.sub(row), table.add(row));
            }
            Tensor part = Ops.indexSelect(table.reshape(samples << width(g), s.dim(3)), 0, groups.get(g));
            out = g == 0 ? part : out.add(part);
        }
        return Wide.down(out.reshape(s.dim(0), s.dim(1), tokens, s.dim(3)), s);
    }

    /** H H^T v [B, h, N, d], with gradients to the codes as to any numbers. */
    public static Tensor twice(Tensor codes, Tensor v) {
        return Ops.custom(
                        "code sums",
                        List.of(codes, v),
                        in -> {
                            SignSums h = of(in.getFirst());
                            return List.of(h.reads(h.sums(in.getLast())));
                        },
                        b -> {
                            SignSums h = of(b.in(0));
                            Tensor sums = h.sums(b.grad(0));
                            b.add(0, () -> b.grad(0)
                                    .matmulT(h.sums(b.in(1)))
                                    .add(b.in(1).matmulT(sums)));
                            b.add(1, () -> h.reads(sums));
                        })
                .getFirst();
    }
}
