package org.layerzoo.plugins.hgrn;

import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.dense.Activation;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.nn.DepthwiseConv;
import org.layerzoo.nn.Linear;
import org.layerzoo.nn.Norm;
import org.layerzoo.nn.TokenProjection;

/** Real channels, under the names of fla/layers/hgrn.py. */
final class RealState implements GatedState {
    private final TokenProjection candidate;
    private final TokenProjection forget;
    private final Linear gate;
    private final Norm norm;
    private final Linear out;

    RealState(HgrnConfig c, HgrnConfig.Form.Real r, Params p) {
        int e = c.channels();
        var conv = new TokenProjection.Short(r.convWidth(), r.convBias());
        candidate = TokenProjection.of(p, "i", c.dim(), e, conv, Activation.NONE);
        forget = TokenProjection.of(p, "f", c.dim(), e, conv, Activation.NONE);
        gate = Linear.of(p, "g_proj", c.dim(), e, false);
        norm = Norm.Rms.of(p, "g_norm", e, 1e-5);
        out = Linear.of(p, "o_proj", e, c.dim(), false);
    }

    List<DepthwiseConv> convolutions() {
        return Stream.of(candidate, forget).flatMap(p -> p.conv().stream()).toList();
    }

    @Override
    public Drive drive(Tensor x, Optional<Tensor> bound, BiFunction<DepthwiseConv, Tensor, Tensor> conv) {
        Tensor[] f = GatedState.forget(forget.apply(x, conv), bound);
        return new Drive(f[0], Ops.silu(candidate.apply(x, conv)).mul(f[1]));
    }

    @Override
    public Tensor out(Tensor h, Tensor x) {
        return out.apply(norm.apply(h).mul(Ops.silu(gate.apply(x))));
    }
}
