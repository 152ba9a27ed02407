package org.layerzoo.plugins.vig;

import java.util.List;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Init;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.dense.Activation;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.Algorithms;
import org.layerzoo.nn.DepthwiseMap;
import org.layerzoo.nn.HeadedLayer;
import org.layerzoo.nn.Heads;
import org.layerzoo.nn.Linear;
import org.layerzoo.nn.Norm;
import org.layerzoo.nn.Sequences;

/**
 * Gated linear attention to both sides with a local branch (section 3), x [B, N, D] -> y [B, N, D] for a map of N = h w tokens:
 *
 * <pre>
 * z = SiLU(DW3x3(x));  q, k, v = z W;  log a = logsigmoid(z A B + b) / 16 for each direction
 * o = mean of the recurrences from both ends;  g = sigmoid(z W_g);  y = (g * RMSNorm(o) + (1 - g) * RMSNorm(z)) W_o
 * </pre>
 *
 * FLOPs O(B N D (D + dk + C)) in chunks of C tokens, memory O(B N D). Equals vig.py:GatedLinearAttention of the authors.
 */
final class VigLayer implements HeadedLayer {
    private static final double EPS = 1e-5;
    /** Xavier-uniform of gain 2^-2.5, as the authors start all projections. */
    private static final Init START = Init.xavierUniform(Math.pow(2, -2.5));

    private final VigConfig c;
    private final DepthwiseMap local;
    private final Linear qkv;
    private final Linear low;
    private final Linear gates;
    private final Linear gate;
    private final Linear out;
    private final Norm normO;
    private final Norm normZ;

    VigLayer(VigConfig c, Params p) {
        this.c = c;
        local = DepthwiseMap.of(p, "in_proj.0", c.dim(), 3, c.local().bias(), START);
        qkv = Linear.of(p, "qkv_proj", c.dim(), 2 * c.keyDim() + c.dim(), false, START);
        low = Linear.of(p, "gk_proj.0", c.dim(), c.gate().rank(), false, START);
        gates = Linear.of(p, "gk_proj.1", c.gate().rank(), 2 * c.keyDim(), true, START);
        out = Linear.of(p, "o_proj", c.dim(), c.dim(), false, START);
        normO = Norm.Rms.of(p, "g_norm", c.dim() / c.heads(), EPS);
        normZ = Norm.Rms.of(p, "l_norm", c.dim() / c.heads(), EPS);
        gate = Linear.of(p, "g_proj", c.dim(), c.dim(), true, START);
    }

    @Override
    public Tensors forward(Tensors in, Call call) {
        Sequences.wholeRows(call, "vig");
        Tensor x = in.get("x");
        Sequences.onMap(x, c.height(), c.width(), "vig");
        Tensor conv = local.apply(x, c.height(), c.width());
        Tensor z = c.local().activation() ? Ops.silu(conv) : conv;
        int dk = c.keyDim();
        List<Tensor> t = heads(Ops.split(qkv.apply(z), -1, dk, dk, c.dim()));
        List<Tensor> a = heads(Ops.split(logs(z), -1, dk, dk));
        Tensor read = new BothGates(t.get(0), t.get(1), t.get(2), a.get(0), a.get(1))
                .read(1 / Math.sqrt((double) dk / c.heads()), Algorithms.of(call, "vig"));
        Tensor o = Heads.merge(normO.apply(call.taps().at(HEADS, read)));
        Tensor here = Heads.merge(normZ.apply(Heads.split(z, c.heads())));
        Tensor g = gate.apply(z, Activation.SIGMOID);
        Tensor y = here.add(g.mul(o.sub(here)));
        return Tensors.of("y", out.apply(c.outAct() ? Ops.silu(y) : y));
    }

    private List<Tensor> heads(List<Tensor> parts) {
        return parts.stream().map(t -> Heads.split(t, c.heads())).toList();
    }

    /** Forward gates, then backward ones, [B, N, 2 dk]. */
    private Tensor logs(Tensor z) {
        Tensor log = Ops.logSigmoid(gates.apply(low.apply(z))).div(c.gate().normaliser());
        return c.gate().least() == 0 ? log : Ops.clamp(log, c.gate().least(), 0);
    }
}
