package org.layerzoo.plugins.hydra;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Init;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.layer.Seqs;
import org.layerzoo.core.layer.Site;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.Packing;
import org.layerzoo.core.op.shortconv.TokenConv;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.Algorithms;
import org.layerzoo.nn.Linear;
import org.layerzoo.nn.Norm;
import org.layerzoo.nn.Sequences;

/**
 * Hydra (section 3.2), x [B, T, D] -> y [B, T, D] with H heads of P channels, E = H P, and N states:
 *
 * <pre>
 * [z, x, maps, dt] = u W_in;  x, maps = SiLU(conv(x, maps));  y = QS(x) = shift(SS(x)) + flip(shift(SS(flip x))) + diag x
 * out = (RMSNorm(y) * SiLU(z)) W_out
 * </pre>
 *
 * with a centred convolution and SS(x)_t = C_t h_t, h_t = exp(dt_t A) h_{t-1} + dt_t B_t x_t. FLOPs O(B T (D E + E (N + C))) in chunks
 * of C tokens, memory O(B T E). Equals hydra/modules/hydra.py:Hydra; other classes of matrices stand in QS's place.
 */
final class HydraLayer implements Layer {
    private static final String MIXED = "mixed";

    private final HydraConfig c;
    private final Linear inProj;
    private final Param taps;
    private final Optional<Param> tapBias;
    private final Mixing mixing;
    private final Norm norm;
    private final Linear outProj;

    HydraLayer(HydraConfig c, Params p) {
        this.c = c;
        mixing = Mixing.of(c, p);
        int width = c.inner() + mixing.convolved();
        inProj = Linear.of(p, "in_proj", c.dim(), c.inner() + width + mixing.direct(), c.bias());
        taps = p.weight("conv1d.weight", Shape.of(width, 1, c.convWidth()), Init.linear());
        tapBias = c.convBias()
                ? Optional.of(
                        p.weight("conv1d.bias", Shape.of(width), Init.bias(c.convWidth()), new Param.Attr.NoDecay()))
                : Optional.empty();
        norm = Norm.Rms.of(p, "norm", c.inner(), 1e-5);
        outProj = Linear.of(p, "out_proj", c.inner(), c.dim(), c.bias());
    }

    @Override
    public Tensors forward(Tensors in, Call call) {
        Tensor x = in.get("x");
        if (c.matrix() instanceof HydraConfig.Matrix.Sibling) {
            Sequences.wholeRows(call, "hydra with other matrices than quasiseparable ones");
        }
        if (call.seqs() instanceof Seqs.Packed p) {
            return Tensors.of("y", packed(x, p, call));
        }
        return Tensors.of("y", run(x, call.seqs().lengths(), call));
    }

    /** Both directions need rows that end where a sample ends: the samples are padded to the longest one. */
    private Tensor packed(Tensor x, Seqs.Packed p, Call call) {
        Packing rows = Packing.of(p.cuSeqlens(), x.dim(1), Sequences.longest(p));
        Tensor bounds = p.cuSeqlens();
        int n = bounds.dim(0) - 1;
        Tensor lengths = bounds.slice(0, 1, n + 1).sub(bounds.slice(0, 0, n));
        return rows.pack(run(rows.unpack(x, 1), Optional.of(lengths), call), 1);
    }

    private Tensor run(Tensor u, Optional<Tensor> lengths, Call call) {
        int e = c.inner();
        List<Tensor> parts = Ops.split(inProj.apply(u), -1, e, e + mixing.convolved(), mixing.direct());
        Tensor before = lengths.map(l -> Sequences.zeroPads(parts.get(1), Seqs.padded(l)))
                .orElse(parts.get(1));
        Tensor convolved = centred(before);
        Tensor x = Ops.silu(convolved.slice(-1, 0, e));
        Tensor maps = convolved.slice(-1, e, e + mixing.convolved());
        Tensor y = mixing.mix(
                x, mixing.activated() ? Ops.silu(maps) : maps, parts.get(2), lengths, Algorithms.of(call, "hydra"));
        Tensor mixed = norm.apply(call.taps().at(MIXED, y));
        return outProj.apply(mixed.mul(Ops.silu(parts.get(0))));
    }

    /** A causal convolution, read half its width late. */
    private Tensor centred(Tensor x) {
        int late = c.convWidth() / 2;
        int t = x.dim(1);
        Tensor w = taps.value();
        TokenConv conv = Fused.shortConv(Ops.padZero(x, 1, 0, late), w.reshape(w.dim(0), w.dim(2)));
        tapBias.ifPresent(b -> conv.bias(b.value()));
        return conv.run().y().slice(1, late, late + t);
    }

    @Override
    public List<Site> sites() {
        return List.of(new Site(MIXED, "B T E"));
    }
}
