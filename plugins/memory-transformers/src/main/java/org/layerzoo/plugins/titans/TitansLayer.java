package org.layerzoo.plugins.titans;

import java.util.Optional;
import java.util.function.UnaryOperator;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Init;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.layer.Streaming;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.state.Opening;
import org.layerzoo.core.state.State;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.Norm;
import org.layerzoo.nn.Sequences;
import org.layerzoo.nn.memory.LongTermMemory;
import org.layerzoo.nn.memory.WindowAttention;
import org.layerzoo.plugins.titans.TitansConfig.Architecture;

/**
 * Titans (section 4), x [B, T, D] -> y [B, T, D], P learned tokens before it:
 *
 * <pre>
 * LMM  y = M([P; x])        MAG  y = norm1(window attention([P; x])) * SiLU(norm2(M([P; x])))        MAL  y = window attention(M([P; x]))
 * </pre>
 *
 * FLOPs O(B T D (D + b + window)). A stream keeps the memory's weights, their momentum, the open chunk and the window.
 */
final class TitansLayer implements Streaming {
    static final String MEMORY = "memory";

    private final TitansConfig c;
    private final Optional<Param> persistent;
    private final LongTermMemory memory;
    private final Optional<WindowAttention> attention;
    private final Optional<Norm> norm1;
    private final Optional<Norm> norm2;

    TitansLayer(TitansConfig c, Params p) {
        this.c = c;
        persistent = persistent(c, p);
        memory = new LongTermMemory(p.at(MEMORY), c.memory());
        attention = c.architecture() == Architecture.LMM
                ? Optional.empty()
                : Optional.of(new WindowAttention(p.at("attention"), c.dim(), c.heads(), c.window()));
        boolean gated = c.architecture() == Architecture.MAG;
        norm1 = gated ? Optional.of(Norm.Rms.of(p, "norm1", c.dim(), 1e-5)) : Optional.empty();
        norm2 = gated ? Optional.of(Norm.Rms.of(p, "norm2", c.dim(), 1e-5)) : Optional.empty();
    }

    static Optional<Param> persistent(TitansConfig c, Params p) {
        return c.persistent() == 0
                ? Optional.empty()
                : Optional.of(p.weight("persistent", Shape.of(c.persistent(), c.dim()), Init.normal(0.02)));
    }

    /** The learned tokens, when there are any, and x. */
    static Tensor behind(Optional<Param> persistent, Tensor x) {
        return persistent.map(p -> Ops.concat(1, rows(p, x.dim(0)), x)).orElse(x);
    }

    private static Tensor rows(Param p, int batch) {
        Tensor t = p.value();
        return t.unsqueeze(0).expand(batch, t.dim(0), t.dim(1));
    }

    @Override
    public Tensors forward(Tensors in, Call call) {
        Sequences.wholeRows(call, "titans");
        Tensor all = behind(persistent, in.get("x"));
        Tensor y = joined(memory.whole(all), t -> attention.orElseThrow().whole(t), all);
        return Tensors.of("y", y.slice(1, c.persistent(), y.dim(1)));
    }

    /** What is made of memory's reads m of x and of attention. */
    private Tensor joined(Tensor m, UnaryOperator<Tensor> attend, Tensor x) {
        return switch (c.architecture()) {
            case MAG ->
                norm1.orElseThrow()
                        .apply(attend.apply(x))
                        .mul(Ops.silu(norm2.orElseThrow().apply(m)));
            case MAL -> attend.apply(m);
            case LMM, MAC -> m;
        };
    }

    /** The state behind the persistent tokens. */
    @Override
    public State open(Opening o) {
        State s = new State(o.batch()).with(MEMORY, memory.open(o));
        attention.ifPresent(a -> a.open(s));
        persistent.ifPresent(p -> step(rows(p, o.batch()), s));
        return s;
    }

    @Override
    public Tensors advance(Tensors in, State s, Call call) {
        Tensor y = step(in.get("x"), s);
        s.advance(in.get("x").dim(1));
        return Tensors.of("y", y);
    }

    private Tensor step(Tensor x, State s) {
        Tensor m = memory.advance(x, s.under(MEMORY));
        return joined(m, t -> attention.orElseThrow().advance(t, s, c.persistent()), x);
    }
}
