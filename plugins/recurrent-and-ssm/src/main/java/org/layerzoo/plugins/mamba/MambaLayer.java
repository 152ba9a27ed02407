package org.layerzoo.plugins.mamba;

import static org.layerzoo.core.op.Ops.exp;

import java.util.List;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Init;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.layer.Streaming;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.dense.Activation;
import org.layerzoo.core.op.scan.Selective;
import org.layerzoo.core.state.Opening;
import org.layerzoo.core.state.Slot;
import org.layerzoo.core.state.State;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.DepthwiseConv;
import org.layerzoo.nn.Linear;
import org.layerzoo.nn.Sequences;

/**
 * Selective state space model (Mamba, section 3.4 and algorithm 2), x [B, T, D] -> y [B, T, D] with E = expand D:
 *
 * <pre>
 * [x, z] = u W_in;  x = SiLU(conv(x));  [dt, B, C] = x W_x;  D_t = softplus(dt W_dt + b_dt);  A = -exp(A_log)
 * h_t = exp(D_t A) h_{t-1} + D_t B_t x_t;  y_t = C_t h_t + D x_t;  out = (y * SiLU(z)) W_out
 * </pre>
 *
 * FLOPs O(B T E (D + N)), state B E (N + width - 1). Equals mamba_simple.py:Mamba of the authors.
 */
final class MambaLayer implements Streaming {
    private final MambaConfig c;
    private final Linear inProj;
    private final DepthwiseConv conv;
    private final Linear xProj;
    private final Param dtWeight;
    private final Param dtBias;
    private final Param aLog;
    private final Param skip;
    private final Linear outProj;

    MambaLayer(MambaConfig c, Params p, int depth) {
        this.c = c;
        int e = c.inner();
        inProj = Linear.of(p, "in_proj", c.dim(), 2 * e, c.bias());
        conv = DepthwiseConv.of(p, "conv1d", e, c.convWidth(), c.convBias(), Activation.SILU);
        xProj = Linear.of(p, "x_proj", e, c.rank() + 2 * c.states(), false);
        double bound = 1 / Math.sqrt(c.rank());
        dtWeight = p.weight("dt_proj.weight", Shape.of(e, c.rank()), Init.uniform(-bound, bound));
        dtBias = p.weight("dt_proj.bias", Shape.of(e), MambaLayer::stepBias, new Param.Attr.NoDecay());
        aLog = p.weight("A_log", Shape.of(e, c.states()), Init.logArange(), new Param.Attr.NoDecay());
        skip = p.weight("D", Shape.of(e), Init.ones(), new Param.Attr.NoDecay());
        // Residual branches of a deep stack start smaller, by 1 / sqrt(layers).
        Init out = (path, shape, dtype, draws) ->
                Init.linear().values(path, shape, dtype, draws).div(Math.sqrt(depth));
        outProj = Linear.of(p, "out_proj", e, c.dim(), c.bias(), out);
    }

    /** softplus^-1(dt) = dt + log(-expm1(-dt)) of dt = exp(U(log 1e-3, log 1e-1)), at least 1e-4. */
    private static Tensor stepBias(String path, Shape shape, DType dtype, org.layerzoo.core.layer.Draws draws) {
        Tensor u = draws.uniform(path, DType.F64, shape.dims());
        Tensor dt = Ops.clamp(exp(u.mul(Math.log(0.1) - Math.log(0.001)).add(Math.log(0.001))), 1e-4, Double.MAX_VALUE);
        return dt.add(Ops.log(Ops.expm1(dt.neg()).neg())).cast(dtype);
    }

    @Override
    public Tensors forward(Tensors in, Call call) {
        Sequences.wholeRows(call, "mamba");
        List<Tensor> xz = Ops.split(inProj.apply(in.get("x")), -1, c.inner(), c.inner());
        Tensor x = conv.apply(xz.get(0));
        return Tensors.of("y", outProj.apply(scan(x, xz.get(1)).run().y()));
    }

    private Selective scan(Tensor x, Tensor z) {
        List<Tensor> dbc = Ops.split(xProj.apply(x), -1, c.rank(), c.states(), c.states());
        Tensor dt = Fused.linear(dbc.get(0), dtWeight.value());
        Tensor a = exp(aLog.value()).neg();
        return Fused.selectiveScan(x, dt, a, dbc.get(1), dbc.get(2))
                .deltaBias(dtBias.value())
                .softplus()
                .skip(skip.value())
                .gate(z);
    }

    @Override
    public State open(Opening o) {
        State s = new State(o.batch());
        conv.open(s, o.dtype());
        DType wide = o.dtype() == DType.F64 ? DType.F64 : DType.F32;
        return s.with("h", new Slot.Fixed(Tensor.zeros(wide, o.batch(), c.inner(), c.states())));
    }

    @Override
    public Tensors advance(Tensors in, State s, Call call) {
        List<Tensor> xz = Ops.split(inProj.apply(in.get("x")), -1, c.inner(), c.inner());
        Tensor x = conv.advance(xz.get(0), s);
        Selective.Scanned r = scan(x, xz.get(1)).from(s.fixed("h").get()).run();
        s.fixed("h").set(r.state());
        s.advance(in.get("x").dim(1));
        return Tensors.of("y", outProj.apply(r.y()));
    }
}
