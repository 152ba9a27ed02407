package org.layerzoo.plugins.pointernetworks;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Init;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.layer.Streaming;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.softmax.Softmax;
import org.layerzoo.core.state.Opening;
import org.layerzoo.core.state.Slot;
import org.layerzoo.core.state.State;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.AdditiveScores;
import org.layerzoo.nn.BeamSearch;
import org.layerzoo.nn.Linear;
import org.layerzoo.nn.LstmLayer;
import org.layerzoo.nn.Sequences;
import org.layerzoo.nn.host.FixedAnswersLayer;

/**
 * Pointer network (section 2.3), points [B, N, I] and indices so far [B, T] -> y [B, T, N + 1], log p(C_t | C_<t, P) over the end marker
 * (index 0) and the points 1..N:
 *
 * <pre>
 * e_0 learned, e_j = encoder LSTM;  d_t = decoder LSTM of the point that C_{t-1} names;  u_tj = v tanh(W1 e_j + W2 d_t);  p = softmax(u_t)
 * </pre>
 *
 * FLOPs O(B (N + T) h^2 + B T N h). A stream encodes the points with the first piece and keeps W1 e and the decoder's state.
 */
public final class PointerLayer implements Streaming, BeamSearch.Decoder {
    private final PointerConfig c;
    private final Optional<Linear> embedding;
    private final LstmLayer encoder;
    private final LstmLayer decoder;
    private final Param end;
    private final Param go;
    private final Param v;
    private final Param w1;
    private final Param w2;

    PointerLayer(PointerConfig c, Params p) {
        this.c = c;
        int h = c.hidden();
        Init init = Init.uniform(-0.08, 0.08);
        embedding = c.embedding() == 0
                ? Optional.empty()
                : Optional.of(Linear.of(p, "embedding", c.inputs(), c.embedding(), true, init));
        encoder = LstmLayer.of(p.at("encoder"), c.width(), h, init);
        decoder = LstmLayer.of(p.at("decoder"), c.width(), h, init);
        end = p.weight("end", Shape.of(h), init);
        go = p.weight("go", Shape.of(c.width()), init);
        v = p.weight("v", Shape.of(h), init);
        w1 = p.weight("w1", Shape.of(h, h), init);
        w2 = p.weight("w2", Shape.of(h, h), init);
    }

    /** Points behind GO [B, N + 1, I], W1 e [B, N + 1, h], which entries exist BOOL [B, N + 1], and the run over the points. */
    private record Encoded(Tensor inputs, Tensor keys, Tensor valid, Fused.Cells run) {}

    private Encoded encode(Tensors in) {
        Tensor points = in.get("points");
        if (points.dim(1) == 0) {
            throw ZooException.badShape("pointer-networks: at least one point expected, given " + points.shape());
        }
        Tensor x = embedding.map(e -> e.apply(points)).orElse(points);
        int b = x.dim(0);
        Optional<Tensor> mask = in.find("lengths").map(l -> Sequences.validMask(l, x.dim(1)));
        Fused.Cells e = encoder.run(x, List.of(), mask);
        Tensor all = Ops.concat(1, end.value().expand(b, 1, c.hidden()), e.y());
        Tensor inputs = Ops.concat(1, go.value().expand(b, 1, c.width()), x);
        Tensor exists = Ops.iota(DType.I64, x.dim(1) + 1).unsqueeze(0).expand(b, x.dim(1) + 1);
        Tensor valid = in.find("lengths")
                .map(l -> exists.le(l.unsqueeze(1)))
                .orElseGet(() -> exists.ge(Ops.zerosLike(exists)));
        return new Encoded(inputs, Fused.linear(all, w1.value()), valid, e);
    }

    private Tensor logs(Tensor keys, Tensor d, Tensor valid) {
        Tensor u = AdditiveScores.of(keys, d, w2.value(), v.value());
        return Fused.logSoftmax(u, 2, valid.unsqueeze(1), Softmax.EmptyRow.ZERO);
    }

    @Override
    public Tensors forward(Tensors in, Call call) {
        Sequences.wholeRows(call, "pointer-networks");
        Encoded e = encode(in);
        Fused.Cells d = decoder.run(
                FixedAnswersLayer.read(e.inputs(), in.get("indices")), e.run().state(), Optional.empty());
        return Tensors.of("y", logs(e.keys(), d.y(), e.valid()));
    }

    @Override
    public State open(Opening o) {
        State s = new State(o.batch()).with("last", new Slot.Fixed(Tensor.zeros(DType.I64, o.batch(), 1)));
        List.of("inputs", "keys", "valid").forEach(n -> s.with(n, new Slot.Growing(1)));
        return decoder.open(s, o.dtype());
    }

    /** Encodes the points when there are none in the state. */
    @Override
    public Tensor next(Tensors in, State s) {
        if (s.growing("keys").isEmpty()) {
            Encoded e = encode(in);
            s.growing("inputs").append(e.inputs());
            s.growing("keys").append(e.keys());
            s.growing("valid").append(e.valid());
            LstmLayer.keep(s, e.run());
        }
        return step(s, s.fixed("last").get());
    }

    private Tensor step(State s, Tensor previous) {
        Tensor d = decoder.run(FixedAnswersLayer.named(s.growing("inputs").get(), previous), s)
                .y();
        return logs(s.growing("keys").get(), d, s.growing("valid").get());
    }

    @Override
    public void take(State s, Tensor index) {
        s.fixed("last").set(index.reshape(s.batch(), 1));
        s.advance(1);
    }

    @Override
    public Tensors advance(Tensors in, State s, Call call) {
        Tensor indices = in.get("indices");
        int n = indices.dim(1);
        Tensor first = next(in, s);
        Tensor y = n == 1 ? first : Ops.concat(1, first, step(s, indices.slice(1, 0, n - 1)));
        s.fixed("last").set(indices.slice(1, n - 1, n));
        s.advance(n);
        return Tensors.of("y", y);
    }
}
