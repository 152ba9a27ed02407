package org.layerzoo.nn;

import java.util.List;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.layer.Site;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.attend.Wants;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;

/**
 * Self-attention as vision transformers store it, x [B, T, D] -> y [B, T, D]: one projection {@code qkv} whose rows are
 * [q | k | v], each [head][channel], scale d^-0.5, output projection {@code proj}. Whole rows only. Sites: weights
 * [B H T S] (dense path when tapped), heads [B H T d] before the projection.
 */
public final class VitAttention implements Layer {
    private static final String WEIGHTS = "weights";
    private static final String HEADS = "heads";

    private final int heads;
    private final Linear qkv;
    private final Linear proj;

    public VitAttention(Params p, int dim, int heads, boolean qkvBias) {
        this.heads = heads;
        this.qkv = Linear.truncated(p, "qkv", dim, 3 * dim, qkvBias);
        this.proj = Linear.truncated(p, "proj", dim, dim, true);
    }

    @Override
    public Tensors forward(Tensors in, Call call) {
        Sequences.wholeRows(call, "vision attention");
        Tensor x = in.get("x");
        int d = x.dim(-1);
        List<Tensor> t = Ops.split(qkv.apply(x), -1, d, d, d).stream()
                .map(y -> Heads.split(y, heads))
                .toList();
        Tensor z;
        if (call.taps().wants(WEIGHTS)) {
            var dense = Fused.attend(t.get(0)).keys(t.get(1), t.get(2)).wants(new Wants(true, 0, false, 0));
            z = call.taps().at(WEIGHTS, dense.run().weights().orElseThrow()).matmul(t.get(2));
        } else {
            z = Fused.attend(t.get(0), t.get(1), t.get(2));
        }
        return Tensors.of("y", proj.apply(Heads.merge(call.taps().at(HEADS, z))));
    }

    @Override
    public List<Site> sites() {
        return List.of(new Site(WEIGHTS, "B H T S"), new Site(HEADS, "B H T d"));
    }
}
