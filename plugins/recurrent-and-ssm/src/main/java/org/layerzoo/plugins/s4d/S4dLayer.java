package org.layerzoo.plugins.s4d;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Init;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.layer.Streaming;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.dense.Activation;
import org.layerzoo.core.state.Opening;
import org.layerzoo.core.state.State;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.Sequences;
import org.layerzoo.nn.ssm.DiagonalBank;
import org.layerzoo.nn.ssm.DiagonalKernels;
import org.layerzoo.nn.ssm.SsmLayer;
import org.layerzoo.plugins.s4d.S4dConfig.Form;

/**
 * Diagonal state space layer (section 3), x [B, T, H] -> y [B, T, H], N/2 conjugate pairs a channel:
 *
 * <pre>
 * K_l = 2 Re(sum_n C_n Bbar_n Abar_n^l);  u = K * x + D x;  y = GLU(W GELU(u) + b)
 * </pre>
 *
 * The convolution is one FFT of 2 T tokens (PARALLEL, the default), a scan (RECURRENT), or scans of chunks. FLOPs
 * O(B T H (log T + H) + T H N), state B H N/2 complex numbers. Equals s4d.py:S4D (minimal) and s4.py:FFTConv (library).
 */
final class S4dLayer implements Streaming {
    private final S4dConfig c;
    private final DiagonalKernels kernels;
    private final SsmLayer core;
    private final Optional<Param> weight;
    private final Optional<Param> bias;

    S4dLayer(S4dConfig c, Params p) {
        this.c = c;
        Shape width = c.form() instanceof Form.Library ? Shape.of(c.channels(), c.dim()) : Shape.of(c.dim());
        Param skip = p.weight("D", width, Init.normal(1));
        kernels = new DiagonalKernels(
                p.at("kernel"), c.kernels(), () -> skip.value().reshape(c.channels() * c.dim()));
        core = new SsmLayer("s4d", () -> kernels.banks().getFirst(), true);
        boolean minimal = c.form() instanceof Form.Minimal;
        int h = c.dim();
        weight = minimal
                ? Optional.of(p.weight("output_linear.0.weight", Shape.of(2 * h, h, 1), Init.linear()))
                : Optional.empty();
        bias = minimal
                ? Optional.of(p.weight("output_linear.0.bias", Shape.of(2 * h), Init.bias(h), new Param.Attr.NoDecay()))
                : Optional.empty();
    }

    DiagonalKernels kernels() {
        return kernels;
    }

    @Override
    public Tensors forward(Tensors in, Call call) {
        Tensors x = Tensors.of("x", repeated(in.get("x")));
        return Tensors.of(
                "y",
                out(
                        c.bidirectional()
                                ? bothWays(x.get("x"), call)
                                : core.forward(x, call).get("y")));
    }

    /** Every kernel of a channel reads that channel. */
    private Tensor repeated(Tensor x) {
        return c.channels() == 1 ? x : Ops.concat(-1, java.util.Collections.nCopies(c.channels(), x));
    }

    private Tensor bothWays(Tensor x, Call call) {
        Sequences.wholeRows(call, "s4d");
        List<DiagonalBank> b = kernels.banks();
        boolean scans = call.algorithm() instanceof Call.Algorithm.Recurrent;
        return scans ? b.get(0).bothScans(b.get(1), x) : b.get(0).bothWays(b.get(1), x);
    }

    private Tensor out(Tensor u) {
        if (c.form() instanceof Form.Library l) {
            return l.gelu() ? Ops.gelu(u) : u;
        }
        Tensor w = weight.orElseThrow().value();
        Tensor y = Fused.linear(
                Ops.gelu(u), w.reshape(w.dim(0), w.dim(1)), bias.orElseThrow().value());
        List<Tensor> halves = Ops.split(y, -1, c.dim(), c.dim());
        return Fused.glu(halves.get(1), halves.get(0), Activation.SIGMOID);
    }

    @Override
    public State open(Opening o) {
        return core.open(o);
    }

    @Override
    public Tensors advance(Tensors in, State s, Call call) {
        return Tensors.of(
                "y",
                out(core.advance(Tensors.of("x", repeated(in.get("x"))), s, call)
                        .get("y")));
    }

    /** The same for two directions, which cannot stream. */
    record BothWays(S4dLayer layer) implements Layer {
        @Override
        public Tensors forward(Tensors in, Call call) {
            return layer.forward(in, call);
        }
    }
}
