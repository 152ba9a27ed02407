package org.layerzoo.plugins.titans;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Init;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.layer.Site;
import org.layerzoo.core.layer.Streaming;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.state.Opening;
import org.layerzoo.core.state.State;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.Norm;
import org.layerzoo.nn.Rope;
import org.layerzoo.nn.SelfAttention;
import org.layerzoo.nn.Sequences;
import org.layerzoo.nn.memory.LongTermMemory;
import org.layerzoo.nn.memory.NeuralMemory;
import org.layerzoo.nn.memory.WindowAttention;
import org.layerzoo.plugins.titans.TitansConfig.Architecture;

/**
 * Titans (section 4), x [B, T, D] -> y [B, T, D], P learned tokens before it:
 *
 * <pre>
 * LMM  y = M([P; x])        MAG  y = norm1(window attention([P; x])) * SiLU(norm2(M([P; x])))        MAL  y = window attention(M([P; x]))
 * MAC  of each segment s: a = attention([P; M(s); s]);  M takes a in;  y = a * M(a)
 * </pre>
 *
 * FLOPs O(B T D (D + b + window)). A stream keeps the memory's weights, their momentum, the open chunk and the window.
 */
final class TitansLayer implements Streaming {
    private static final String MEMORY = "memory";
    /** What attention gives of a segment, before memory gates it. */
    private static final String ATTENTION = "attention";

    private final TitansConfig c;
    private final Optional<Param> persistent;
    private final LongTermMemory memory;
    private final Optional<WindowAttention> attention;
    private final Optional<SelfAttention> segments;
    private final Optional<Norm> norm1;
    private final Optional<Norm> norm2;

    TitansLayer(TitansConfig c, Params p) {
        this.c = c;
        Architecture a = c.architecture();
        persistent = c.persistent() == 0
                ? Optional.empty()
                : Optional.of(p.weight("persistent", Shape.of(c.persistent(), c.dim()), Init.normal(0.02)));
        memory = new LongTermMemory(p.at(MEMORY), c.memory());
        Params at = p.at("attention");
        attention = a == Architecture.MAG || a == Architecture.MAL
                ? Optional.of(new WindowAttention(at, c.dim(), c.heads(), c.window()))
                : Optional.empty();
        segments = a == Architecture.MAC
                ? Optional.of(new SelfAttention(
                        at,
                        new SelfAttention.Options(
                                c.dim(), c.heads(), c.heads(), true, false, Optional.of(Rope.halves(10000)))))
                : Optional.empty();
        boolean gated = a == Architecture.MAG;
        norm1 = gated ? Optional.of(Norm.Rms.of(p, "norm1", c.dim(), 1e-5)) : Optional.empty();
        norm2 = gated ? Optional.of(Norm.Rms.of(p, "norm2", c.dim(), 1e-5)) : Optional.empty();
    }

    @Override
    public Tensors forward(Tensors in, Call call) {
        Sequences.wholeRows(call, "titans");
        Tensor x = in.get("x");
        if (segments.isPresent()) {
            return Tensors.of("y", asContext(x, call));
        }
        Tensor all = persistent.map(p -> Ops.concat(1, rows(p, x), x)).orElse(x);
        Tensor m = memory.whole(all);
        Tensor y = joined(m, t -> attention.orElseThrow().whole(t), all);
        return Tensors.of("y", y.slice(1, c.persistent(), y.dim(1)));
    }

    /** MAC. */
    private Tensor asContext(Tensor x, Call call) {
        NeuralMemory.Weights m = memory.start(x.dim(0));
        Tensor before = Ops.zerosLike(x.slice(1, 0, 1)).expand(x.dim(0), c.convWidth() - 1, c.dim());
        List<Tensor> y = new ArrayList<>();
        for (int at = 0; at < x.dim(1); at += c.window()) {
            Tensor segment = x.slice(1, at, Math.min(x.dim(1), at + c.window()));
            Tensor context = Ops.concat(1, memory.read(m, segment), segment);
            Tensor all = persistent.map(p -> Ops.concat(1, rows(p, x), context)).orElse(context);
            Tensor a = segments.orElseThrow()
                    .forward(Tensors.of("x", all), Call.eval())
                    .get("y");
            Tensor last = call.taps().at(ATTENTION, a.slice(1, a.dim(1) - segment.dim(1), a.dim(1)));
            m = memory.write(m, last, before);
            Tensor seen = Ops.concat(1, before, last);
            before = seen.slice(1, seen.dim(1) - c.convWidth() + 1, seen.dim(1));
            y.add(last.mul(memory.read(m, last)));
        }
        return Ops.concat(1, y);
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

    private static Tensor rows(Param p, Tensor x) {
        Tensor t = p.value();
        return t.unsqueeze(0).expand(x.dim(0), t.dim(0), t.dim(1));
    }

    /** The state behind the persistent tokens. */
    @Override
    public State open(Opening o) {
        State s = new State(o.batch()).with(MEMORY, memory.open(o));
        attention.ifPresent(a -> a.open(s));
        persistent.ifPresent(p -> step(rows(p, Tensor.zeros(o.dtype(), o.batch(), 1)), s));
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

    @Override
    public List<Site> sites() {
        return segments.isPresent() ? List.of(new Site(ATTENTION, "B C D")) : List.of();
    }

    /** The layer for a configuration that has no stream: MAC reads a segment's memory when all of it is in. */
    Layer withoutStream() {
        return new Layer() {
            @Override
            public Tensors forward(Tensors in, Call call) {
                return TitansLayer.this.forward(in, call);
            }

            @Override
            public List<Site> sites() {
                return TitansLayer.this.sites();
            }
        };
    }
}
