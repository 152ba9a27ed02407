package org.layerzoo.plugins.snapkv;

import java.util.List;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.Padding;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.op.Spatial;
import org.layerzoo.core.op.attend.Wants;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.nn.GroupedHeads;

/**
 * Which entries of a prompt stay (SnapKV, section 4 and listing 1): the last w queries vote with their attention weights
 * for the L - w keys before them, votes are pooled, the c - w highest stay, then the window.
 *
 * @param k kept keys [B, H', c, d], H' the heads that select
 * @param v kept values [B, H', c, dv]
 * @param votes sum of weights [B, H', L - w]
 * @param pooled votes after pooling
 * @param kept positions I64 [B, H', c - w]
 */
public record SnapKvSelection(Tensor k, Tensor v, Tensor votes, Tensor pooled, Tensor kept) {
    /** In order of position: q [B, H, L, d], k and v [B, Hkv, L, d], L at least the capacity. */
    public static SnapKvSelection of(SnapKvConfig c, Tensor q, Tensor k, Tensor v, double scale) {
        return of(c, q, k, v, scale, Primitive.TopKOrder.BY_INDEX);
    }

    /** @param order of the kept entries, which attention does not depend on */
    static SnapKvSelection of(SnapKvConfig c, Tensor q, Tensor k, Tensor v, double scale, Primitive.TopKOrder order) {
        int w = c.window();
        int length = k.dim(2);
        // The window's queries see the whole prefix and, among themselves, the keys up to their own.
        Tensor last = q.slice(2, length - w, length);
        Tensor mass = Fused.attend(last)
                .keys(k, v)
                .causal()
                .scale(scale)
                .wants(new Wants(false, w, false, 0))
                .run()
                .columnMass()
                .orElseThrow();
        Tensor votes = mass.slice(2, 0, length - w);
        boolean own = c.grouping() == SnapKvConfig.Grouping.PER_QUERY_HEAD;
        Tensor keys = own ? GroupedHeads.expand(k, q.dim(1)) : k;
        Tensor values = own ? GroupedHeads.expand(v, q.dim(1)) : v;
        if (!own) {
            votes = votes.reshape(votes.dim(0), k.dim(1), q.dim(1) / k.dim(1), length - w)
                    .mean(2);
        }
        Tensor pooled = pooled(c, votes);
        Tensor kept = Ops.topK(pooled, c.capacity() - w, -1, order).get(1);
        return new SnapKvSelection(gathered(keys, kept, w), gathered(values, kept, w), votes, pooled, kept);
    }

    /** Stride 1, padding p / 2 on both sides. */
    public static Tensor pooled(SnapKvConfig c, Tensor votes) {
        Tensor rows = votes.reshape(-1, 1, votes.dim(-1));
        int[] kernel = {c.kernel()};
        int[] one = {1};
        Padding same = Padding.of(c.kernel() / 2);
        Tensor p = c.pooling() == SnapKvConfig.Pooling.AVERAGE
                ? Spatial.avgPool(rows, kernel, one, same, true)
                : Spatial.maxPool(rows, kernel, one, same).values();
        return p.reshape(votes.shape());
    }

    private static Tensor gathered(Tensor t, Tensor kept, int w) {
        Tensor index = kept.unsqueeze(-1).expand(kept.dim(0), kept.dim(1), kept.dim(2), t.dim(3));
        return Ops.concat(2, List.of(Ops.gather(t, 2, index), t.slice(2, t.dim(2) - w, t.dim(2))));
    }
}
