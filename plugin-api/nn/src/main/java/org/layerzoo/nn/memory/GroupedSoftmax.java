package org.layerzoo.nn.memory;

import java.util.ArrayList;
import java.util.List;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.Wide;
import org.layerzoo.core.op.attend.Attended;
import org.layerzoo.core.op.softmax.Softmax;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;

/**
 * The grouped softmax of landmark attention (section 3.1). A past block enters the softmax of a row as one pseudo token: its
 * logit is that of the block's landmark, its value the softmax average within the block.
 */
public final class GroupedSoftmax {
    private GroupedSoftmax() {}

    /**
     * Rows {@code from ..} of a sequence against all of it so far, block by block, no score kept.
     *
     * @param q [B, H, n, d], rotated
     * @param k [B, H, from + n, d], rotated
     * @param v [B, H, from + n, dv]
     * @param block regular tokens of a block; every (block + 1)-th token is a landmark
     * @return o [B, H, n, dv] and the log-sum-exp of the outer softmax
     */
    public static Fused.Part rows(Tensor q, Tensor k, Tensor v, int from, int block, double scale) {
        int span = block + 1;
        int to = k.dim(2);
        List<Fused.Part> out = new ArrayList<>();
        for (int c = from / span; c * span < to; c++) {
            int first = Math.max(from, c * span);
            int last = Math.min(to, (c + 1) * span);
            Tensor rows = q.slice(2, first - from, last - from);
            List<Fused.Part> parts = new ArrayList<>();
            parts.add(local(rows, k, v, c * span, first, scale, block));
            past(rows, k, v, c, block, scale, parts);
            out.add(merged(parts));
        }
        return new Fused.Part(
                Ops.concat(2, out.stream().map(Fused.Part::o).toList()),
                Ops.concat(2, out.stream().map(Fused.Part::lse).toList()));
    }

    /** The softmax over all parts, four at a time: what devices merge at once. */
    public static Fused.Part merged(List<Fused.Part> parts) {
        List<Fused.Part> left = parts;
        while (left.size() > 1) {
            List<Fused.Part> next = new ArrayList<>();
            for (int i = 0; i < left.size(); i += 4) {
                next.add(Fused.mergeLse(left.subList(i, Math.min(left.size(), i + 4))));
            }
            left = next;
        }
        return left.getFirst();
    }

    /** A row and the regular tokens of its own block up to it. */
    private static Fused.Part local(Tensor q, Tensor k, Tensor v, int start, int first, double scale, int block) {
        int end = Math.min(start + block, first + q.dim(2));
        Attended a = Fused.attend(q)
                .keys(k.slice(2, start, end), v.slice(2, start, end))
                .positions(
                        Ops.iota(DType.I64, q.dim(2)).add(Tensor.of(new long[] {first - start}, 1)),
                        Ops.iota(DType.I64, end - start))
                .window(-1, 0)
                .scale(scale)
                .run();
        return new Fused.Part(a.o(), a.lse().orElseThrow());
    }

    /** Blocks 0 .. count - 1 as pseudo tokens: rows of one batch. */
    private static void past(Tensor q, Tensor k, Tensor v, int count, int block, double scale, List<Fused.Part> parts) {
        if (count == 0) {
            return;
        }
        int b = q.dim(0);
        Tensor o = Fused.attend(repeated(q, count))
                .keys(regular(k, count, block), regular(v, count, block))
                .scale(scale)
                .o();
        Tensor each = o.reshape(b, count, o.dim(1), o.dim(2), o.dim(3));
        Tensor marks = k.slice(2, block, count * (block + 1), block + 1);
        Tensor logits = Wide.up(q.matmulT(marks)).mul(scale);
        for (int i = 0; i < count; i++) {
            parts.add(new Fused.Part(each.select(1, i), logits.select(3, i)));
        }
    }

    private static Tensor repeated(Tensor q, int count) {
        return q.unsqueeze(1)
                .expand(q.dim(0), count, q.dim(1), q.dim(2), q.dim(3))
                .reshape(q.dim(0) * count, q.dim(1), q.dim(2), q.dim(3));
    }

    /** [B, H, S, d] -> [B count, H, block, d]. */
    private static Tensor regular(Tensor k, int count, int block) {
        int span = block + 1;
        return k.slice(2, 0, count * span)
                .reshape(k.dim(0), k.dim(1), count, span, k.dim(3))
                .slice(3, 0, block)
                .permute(0, 2, 1, 3, 4)
                .reshape(k.dim(0) * count, k.dim(1), block, k.dim(3));
    }

    /** Weights [B, H, T, T] of logits [B, H, T, T] as the definition has them; landmarks get 0. */
    public static Tensor weights(Tensor logits, int block) {
        int t = logits.dim(3);
        int span = block + 1;
        int closed = t / span;
        boolean[] seen = new boolean[t * t];
        boolean[] own = new boolean[t * t];
        for (int i = 0; i < t; i++) {
            for (int j = 0; j <= i; j++) {
                boolean mark = j % span == block;
                own[i * t + j] = j / span == i / span && !mark;
                seen[i * t + j] = own[i * t + j] || (mark && j / span < i / span);
            }
        }
        Tensor p = Fused.softmax(logits, 3, Tensor.of(seen, 1, 1, t, t), Softmax.EmptyRow.ZERO);
        Tensor zero = Tensor.scalar(logits.dtype(), 0);
        Tensor local = Ops.where(Tensor.of(own, 1, 1, t, t), p, zero);
        if (closed == 0) {
            return local;
        }
        int[] in = {logits.dim(0), logits.dim(1), t, closed, span};
        Tensor within =
                Fused.softmax(logits.slice(3, 0, closed * span).reshape(in).slice(4, 0, block), 4);
        Tensor gate = p.slice(3, 0, closed * span).reshape(in).slice(4, block, span);
        // The landmark of the current block isn't seen, so its gate is 0 and so is the block's part here.
        Tensor past = Ops.padZero(within.mul(Ops.where(marks(t, closed, span), gate, zero)), 4, 0, 1)
                .reshape(logits.dim(0), logits.dim(1), t, closed * span);
        return local.add(Ops.padZero(past, 3, 0, t - closed * span));
    }

    /** BOOL [1, 1, T, closed, 1]: whether the block lies before the row's. */
    private static Tensor marks(int t, int closed, int span) {
        Tensor row = Ops.floorDiv(Ops.iota(DType.I64, t), Tensor.of(new long[] {span}, 1));
        return Ops.iota(DType.I64, closed).lt(row.unsqueeze(1)).reshape(1, 1, t, closed, 1);
    }
}
