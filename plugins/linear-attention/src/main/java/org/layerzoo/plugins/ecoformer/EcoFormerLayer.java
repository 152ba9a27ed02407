package org.layerzoo.plugins.ecoformer;

import org.layerzoo.core.ZooException;
import org.layerzoo.core.layer.Buffer;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Init;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.norm.Root;
import org.layerzoo.core.spi.Build;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.HeadedLayer;
import org.layerzoo.nn.Heads;
import org.layerzoo.nn.Linear;
import org.layerzoo.nn.Sequences;

/**
 * Attention with binary codes (section 3), x [B, N, C] -> y [B, N, C]; queries are keys, u = x W_qk / |x W_qk|:
 *
 * <pre>
 * H = sign((kap(u, anchors) - mean) A^T);  o_i = (H_i H^T V + (b+1) sum_j v_j) / (H_i H^T 1 + (b+1) N);  y = o W
 * </pre>
 *
 * FLOPs O(B N (C^2 + C m + h m b + C b)), memory O(B N C). Equals performer.py:EcoformerSelfAttention of the authors.
 */
final class EcoFormerLayer implements HeadedLayer {
    /** kap at the mean distance: where the kernel lies before anything is learned. */
    private static final double MIDDLE = Math.exp(-0.5);

    private final EcoFormerConfig c;
    private final Linear qk;
    private final Linear v;
    private final Linear out;
    private final Buffer a;
    private final Buffer mean;
    private final Buffer anchors;

    EcoFormerLayer(EcoFormerConfig c, Build b) {
        this.c = c;
        Params p = b.params();
        qk = Linear.of(p, "to_qk", c.dim(), c.dim(), c.bias());
        v = Linear.of(p, "to_v", c.dim(), c.dim(), c.bias());
        out = Linear.of(p, "proj", c.dim(), c.dim(), true);
        Params hash = p.at("fast_attention.ksh");
        int m = c.anchors();
        a = hash.buffer("A", b.dtype(), Shape.of(c.heads(), c.bits(), m), Init.normal(1));
        mean = hash.buffer("mvec", b.dtype(), Shape.of(1, c.heads(), 1, m), Init.constant(MIDDLE));
        anchors = hash.buffer(
                "anchor",
                b.dtype(),
                Shape.of(1, c.heads(), m, c.headDim()),
                (path, s, type, d) -> unit(Init.normal(1).values(path, s, type, d)));
    }

    private static Tensor unit(Tensor t) {
        return Fused.l2Norm(t, -1, 1e-12, Root.MAX);
    }

    @Override
    public Tensors forward(Tensors in, Call call) {
        Sequences.wholeRows(call, "ecoformer");
        Tensor x = in.get("x");
        Tensor u = unit(Heads.split(qk.apply(x), c.heads()));
        Tensor codes = hash(u, call).codes(u);
        if (call.aux().wants("codes")) {
            call.aux().put("codes", codes);
        }
        Tensor o = CodeAttention.read(codes, Heads.split(v.apply(x), c.heads()), c.ownValueBias(), c.codes());
        return Tensors.of("y", out.apply(Heads.merge(call.taps().at(HEADS, o))));
    }

    /** The hash as it stands, or in a training step whose turn it is one fitted to this batch, which becomes the layer's. */
    private KernelHash hash(Tensor u, Call call) {
        EcoFormerConfig.Fit f = c.fit();
        if (!(call.stage() instanceof Call.Stage.Train t) || f.every() == 0 || t.step() % f.every() != 0) {
            return new KernelHash(a.value(), mean.value(), anchors.value());
        }
        int n = u.dim(2);
        if (n < c.anchors() || n < f.top()) {
            throw ZooException.badShape("ecoformer: to fit a hash, at least " + Math.max(c.anchors(), f.top())
                    + " tokens expected (anchors and top logits are chosen among them), given " + n);
        }
        Tensor tokens = Ops.stop(u);
        Tensor chosen = Ops.indexSelect(tokens.slice(0, 0, 1), 2, call.draws().subset("anchors", c.anchors(), n));
        Tensor start = call.draws().normal("A", u.dtype(), c.heads(), c.bits(), c.anchors());
        KernelHash fitted = new HashFit(f.steps(), f.rate(), 0.9)
                .fit(start, tokens, chosen, HashFit.targets(tokens, f.top()))
                .hash();
        call.updates().set(a, fitted.a());
        call.updates().set(mean, fitted.mean());
        call.updates().set(anchors, fitted.anchors());
        return fitted;
    }
}
