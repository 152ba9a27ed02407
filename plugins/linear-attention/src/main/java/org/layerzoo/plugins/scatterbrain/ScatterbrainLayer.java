package org.layerzoo.plugins.scatterbrain;

import java.util.List;
import org.layerzoo.core.layer.Buffer;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Init;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.spi.Build;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.Sequences;
import org.layerzoo.nn.linear.PositiveFeatures;
import org.layerzoo.plugins.scatterbrain.ScatterbrainConfig.Support;

/**
 * Sparse plus low-rank attention (section 4), q, k, v [B, H, T, d] -> o [B, H, T, d]:
 *
 * <pre>
 * A^ = phi(Q) phi(K)^T + S,  S_ij = exp(q_i . k_j / sqrt(d)) - phi(q_i) . phi(k_j) on the support;  o = A^ V / A^ 1
 * </pre>
 *
 * FLOPs O(B H T d (m + c rounds) + sorting), memory O(B H T (m + c rounds)) for clusters of c. Equals sbsmyrf_attention.py:SBSmyrfAttention of
 * the authors.
 */
final class ScatterbrainLayer implements Layer {
    private final ScatterbrainConfig c;
    private final Buffer rows;
    private final List<Buffer> hash;

    ScatterbrainLayer(ScatterbrainConfig c, Build b) {
        this.c = c;
        Params p = b.params();
        int m = c.cosh() ? c.features() / 2 : c.features();
        rows = p.buffer("projection_matrix", b.dtype(), Shape.of(m, c.headDim()), PositiveFeatures.rows(true));
        int d = c.headDim();
        hash = switch (c.support()) {
            case Support.Lsh l ->
                List.of(
                        p.buffer("lsh.alpha", b.dtype(), Shape.of(d + 2, l.rounds()), Init.normal(1)),
                        p.buffer("lsh.beta", b.dtype(), Shape.of(1, l.rounds()), Init.uniform(0, 1)));
            case Support.Buckets l ->
                List.of(p.buffer("lsh.rotations", b.dtype(), Shape.of(d, l.rounds(), l.buckets() / 2), Init.normal(1)));
            case Support.Local l -> List.of();
        };
    }

    @Override
    public Tensors forward(Tensors in, Call call) {
        Sequences.wholeRows(call, "scatterbrain");
        Tensor q = in.get("q");
        Tensor k = in.get("k");
        double root = Math.pow(c.headDim(), -0.25);
        SparsePlusLowRank a = new SparsePlusLowRank(
                q,
                k,
                in.get("v"),
                PositiveFeatures.logs(q.mul(root), rows.value(), c.cosh()),
                PositiveFeatures.logs(k.mul(root), rows.value(), c.cosh()),
                rounds(Ops.stop(q), Ops.stop(k)),
                c.causal());
        if (call.aux().wants("weights")) {
            call.aux().put("weights", a.weights());
        }
        return Tensors.of("o", a.read());
    }

    private List<Round> rounds(Tensor q, Tensor k) {
        int t = q.dim(2);
        return switch (c.support()) {
            case Support.Lsh l ->
                Round.hashed(q, k, hash.get(0).value(), hash.get(1).value(), l.cluster(), whole(t, l.cluster()));
            case Support.Buckets l -> Round.buckets(q, k, hash.getFirst().value(), l.cluster(), whole(t, l.cluster()));
            case Support.Local l -> List.of(Round.local(q.dim(0), q.dim(1), l.block(), whole(t, l.block())));
        };
    }

    private static int whole(int t, int size) {
        return (t + size - 1) / size * size;
    }
}
