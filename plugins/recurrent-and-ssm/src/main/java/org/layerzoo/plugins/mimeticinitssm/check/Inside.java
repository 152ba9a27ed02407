package org.layerzoo.plugins.mimeticinitssm.check;

import java.util.List;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.dense.Activation;
import org.layerzoo.core.op.shortconv.TokenConv;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.nn.ssm.Ssd;

/**
 * What a layer's scan reads for one row of tokens.
 *
 * @param u behind the convolution [1, T, E]
 * @param delta step sizes [1, T, E], a head [1, T, H] in Mamba-2
 * @param a A [E, N], in Mamba-2 [H]
 * @param in B [1, T, N]
 * @param out C [1, T, N]
 */
record Inside(Tensor u, Tensor delta, Tensor a, Tensor in, Tensor out) {
    static Inside of(Model m, Tensor x) {
        Tensor all = Fused.linear(x, value(m, "in_proj.weight"));
        if (m.params().params().containsKey("in_proj.bias")) {
            all = all.add(value(m, "in_proj.bias"));
        }
        Tensor a = Ops.exp(value(m, "A_log")).neg();
        int inner = value(m, "out_proj.weight").dim(1);
        if (a.rank() == 1) {
            int maps = (value(m, "conv1d.weight").dim(0) - inner) / 2;
            List<Tensor> parts = Ops.split(all, -1, inner, inner + 2 * maps, a.dim(0));
            List<Tensor> c = Ops.split(Ops.silu(conv(m, parts.get(1))), -1, inner, maps, maps);
            return new Inside(c.get(0), Ops.softplus(parts.get(2).add(value(m, "dt_bias"))), a, c.get(1), c.get(2));
        }
        Tensor u = Ops.silu(conv(m, all.slice(2, 0, inner)));
        int rank = value(m, "dt_proj.weight").dim(1);
        List<Tensor> maps = Ops.split(Fused.linear(u, value(m, "x_proj.weight")), -1, rank, a.dim(1), a.dim(1));
        Tensor steps = Fused.linear(maps.get(0), value(m, "dt_proj.weight"), value(m, "dt_proj.bias"));
        return new Inside(u, Ops.softplus(steps), a, maps.get(1), maps.get(2));
    }

    static Tensor value(Model m, String name) {
        return m.params().param(name).value();
    }

    /** The layer's convolution before the activation. */
    static Tensor conv(Model m, Tensor x) {
        Tensor w = value(m, "conv1d.weight");
        return TokenConv.of(x, w.reshape(w.dim(0), w.dim(2)))
                .bias(value(m, "conv1d.bias"))
                .activation(Activation.NONE)
                .run()
                .y();
    }

    /** M [T, T] of a channel (a head in Mamba-2): what the scan itself makes of impulses at every token. */
    Tensor map(int channel) {
        int t = u.dim(1);
        Tensor impulses = Ops.oneHot(Ops.iota(DType.I64, t), t, u.dtype()).unsqueeze(0);
        Tensor steps = delta.slice(2, channel, channel + 1);
        Tensor own = a.slice(0, channel, channel + 1);
        if (a.rank() == 1) {
            return Ssd.of(impulses, steps, own, in, out, 1).run().o().reshape(t, t);
        }
        return Fused.selectiveScan(impulses, steps.expand(1, t, t), own.expand(t, a.dim(1)), in, out)
                .run()
                .y()
                .reshape(t, t);
    }

    /** C_i . B_j D_j for j up to i: causal linear attention. */
    Tensor attention(int channel) {
        int t = u.dim(1);
        Tensor at = Ops.iota(u.dtype(), t);
        Tensor past = at.unsqueeze(1).ge(at.unsqueeze(0)).cast(u.dtype());
        Tensor steps = delta.slice(2, channel, channel + 1).reshape(1, t);
        return out.matmulT(in).reshape(t, t).mul(steps).mul(past);
    }
}
