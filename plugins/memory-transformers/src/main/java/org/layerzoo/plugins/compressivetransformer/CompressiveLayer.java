package org.layerzoo.plugins.compressivetransformer;

import java.util.ArrayList;
import java.util.List;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.layer.Streaming;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.dense.Activation;
import org.layerzoo.core.state.Opening;
import org.layerzoo.core.state.Slot;
import org.layerzoo.core.state.State;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.Mlp;
import org.layerzoo.nn.Norm;
import org.layerzoo.nn.Sequences;
import org.layerzoo.nn.memory.Compression;
import org.layerzoo.nn.memory.Compression.Training;
import org.layerzoo.nn.memory.Memories;
import org.layerzoo.nn.memory.RelativeAttention;

/**
 * A layer of the Compressive Transformer (section 3), x [B, T, D] -> y [B, T, D] in segments of ns tokens, with its residuals:
 *
 * <pre>
 * a = LN(h + Attn(h; [cm, m, h]));  y = LN(a + MLP(a));  m <- last nm of [m, h];  cm <- last ncm of [cm, f_c(what fell out of m)]
 * </pre>
 *
 * FLOPs O(B T D (D + ns + nm + ncm)). Stored activations carry no gradient. A stream keeps nm + ncm activations, those of the open
 * segment and their keys and values.
 */
public final class CompressiveLayer implements Streaming {
    private final CompressiveConfig c;
    private final RelativeAttention attention;
    private final Norm norm1;
    private final Norm norm2;
    private final Mlp mlp;
    private final Compression compression;

    CompressiveLayer(CompressiveConfig c, Params p) {
        this.c = c;
        attention = RelativeAttention.of(p, c.dim(), c.heads());
        norm1 = Norm.Layer.of(p, "norm1", c.dim(), 1e-5);
        norm2 = Norm.Layer.of(p, "norm2", c.dim(), 1e-5);
        mlp = Mlp.Plain.of(p.at("mlp"), c.dim(), c.hidden(), Activation.RELU);
        compression = new Compression(p, c.function(), c.training(), c.rate(), c.dim());
    }

    public RelativeAttention attention() {
        return attention;
    }

    private Tensor in(Tensor x) {
        return c.prenorm() ? norm1.apply(x) : x;
    }

    private Tensor finish(Tensor h, Tensor read) {
        Tensor a = c.prenorm() ? h.add(read) : norm1.apply(h.add(read));
        return c.prenorm() ? a.add(mlp.apply(norm2.apply(a))) : norm2.apply(a.add(mlp.apply(a)));
    }

    @Override
    public Tensors forward(Tensors in, Call call) {
        Sequences.wholeRows(call, "compressive-transformer");
        Tensor x = in.get("x");
        Memories m = Memories.empty(x.dtype(), x.dim(0), c.dim());
        List<Tensor> y = new ArrayList<>();
        Tensor loss = Ops.zerosLike(x.slice(0, 0, 1).sum());
        for (int at = 0; at < x.dim(1); at += c.segment()) {
            Tensor h = x.slice(1, at, Math.min(at + c.segment(), x.dim(1)));
            Tensor rows = in(h);
            RelativeAttention.Read r = attention.read(rows, attention.project(Ops.concat(1, in(m.all()), rows)));
            y.add(finish(h, r.y()));
            if (h.dim(1) == c.segment()) {
                Memories.Moved moved = m.push(h, r.mass(), c.memory(), c.compressed(), compression);
                loss = loss.add(lost(rows, moved, call));
                m = moved.next();
            }
        }
        if (c.function().learned() && c.training() != Training.UNROLL) {
            call.aux().loss("compression", loss, 1);
        }
        return Tensors.of("y", Ops.concat(1, y));
    }

    private Tensor lost(Tensor h, Memories.Moved m, Call call) {
        boolean wanted =
                call.aux().wantsLosses() && c.function().learned() && m.old().dim(1) > 0;
        if (!wanted || c.training() == Training.UNROLL) {
            return Tensor.scalar(h.dtype(), 0);
        }
        return c.training() == Training.ATTENTION
                ? Compression.attentionLoss(attention, h, in(m.old()), in(m.made()))
                : compression.reconstructionLoss(m.old(), m.made());
    }

    @Override
    public State open(Opening o) {
        Memories m = Memories.empty(o.dtype(), o.batch(), c.dim());
        State s = new State(o.batch());
        for (String name : List.of("k", "v")) {
            s.with(name, new Slot.Growing(2));
        }
        for (String name : List.of("cm", "m", "h")) {
            s.with(name, new Slot.Growing(1));
            s.growing(name).append(m.recent());
        }
        s.with("mass", new Slot.Growing(1));
        s.growing("mass").append(m.recent().sum(2));
        return s;
    }

    @Override
    public Tensors advance(Tensors in, State s, Call call) {
        return Tensors.of("y", Sequences.byBlocks(in.get("x"), s, c.segment(), x -> piece(x, s)));
    }

    /** Tokens of one segment, which they may close. */
    private Tensor piece(Tensor h, State s) {
        Tensor rows = in(h);
        RelativeAttention.KeyValues own = attention.project(rows);
        s.growing("k").append(own.k());
        s.growing("v").append(own.v());
        s.growing("h").append(h);
        RelativeAttention.KeyValues all = new RelativeAttention.KeyValues(
                s.growing("k").get(), s.growing("v").get());
        RelativeAttention.Read r = attention.read(rows, all);
        Tensor before = s.growing("mass").get();
        s.growing("mass").set(r.mass().add(Ops.padZero(before, 1, 0, r.mass().dim(1) - before.dim(1))));
        if ((s.position() + h.dim(1)) % c.segment() == 0) {
            close(s);
        }
        return finish(h, r.y());
    }

    private void close(State s) {
        Tensor h = s.growing("h").get();
        Memories m = new Memories(s.growing("cm").get(), s.growing("m").get());
        Memories next = m.push(h, s.growing("mass").get(), c.memory(), c.compressed(), compression)
                .next();
        s.growing("cm").set(next.compressed());
        s.growing("m").set(next.recent());
        s.growing("h").set(h.slice(1, 0, 0));
        Tensor all = next.all();
        s.growing("mass").set(Ops.zerosLike(all.sum(2)));
        RelativeAttention.KeyValues kv = attention.project(in(all));
        s.growing("k").set(kv.k());
        s.growing("v").set(kv.v());
    }
}
