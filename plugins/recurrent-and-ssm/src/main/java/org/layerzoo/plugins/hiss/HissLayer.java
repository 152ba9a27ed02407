package org.layerzoo.plugins.hiss;

import java.util.ArrayList;
import java.util.List;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.layer.Streaming;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.state.Opening;
import org.layerzoo.core.state.Slot;
import org.layerzoo.core.state.State;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.Linear;
import org.layerzoo.nn.Sequences;

/**
 * Hierarchical state space model (section 4), x [B, L, D_in] -> y [B, L/k, D_out]; samples behind the last full chunk are dropped:
 *
 * <pre>
 * s_j = W_d (LowSSM(W_e x_{jk..jk+k-1}))_last;  h = HighSSM(s_1..s_{L/k});  y_j = W_o h_j
 * </pre>
 *
 * Chunks are rows of the low level's batch, so their states start at zero. FLOPs O(L d_l (d_l + N) + L/k d (d + N)); a stream keeps one
 * low state, reset every k samples, and one high state. Equals hiss/models.py:HierarchicalModel of the authors.
 */
public final class HissLayer implements Streaming {
    private static final String LOW = "low";
    private static final String HIGH = "high";
    private static final String LAST = "last";

    private final HissConfig c;
    private final Linear embed;
    private final Layer low;
    private final Linear decoder;
    private final Layer high;
    private final Linear output;

    HissLayer(HissConfig c, Params p) {
        this.c = c;
        Params l = p.at("low_level");
        embed = Linear.of(l, "embed", c.channels(), c.low().dim(), true);
        low = Levels.of(c.low() instanceof Stack.Mamba ? l.at("mamba") : l, c.low(), c.dropout());
        decoder = Linear.of(l, "decoder", c.low().dim(), c.high().dim(), true);
        high = Levels.of(p.at("high_level"), c.high(), c.dropout());
        output = Linear.of(p, "output", c.high().dim(), c.outputs(), true);
    }

    private HissLayer(HissLayer of, Layer low, Layer high) {
        c = of.c;
        embed = of.embed;
        decoder = of.decoder;
        output = of.output;
        this.low = low;
        this.high = high;
    }

    /** The same parameters around other levels, as ablations have them. */
    public HissLayer with(Layer otherLow, Layer otherHigh) {
        return new HissLayer(this, otherLow, otherHigh);
    }

    public Layer low() {
        return low;
    }

    public Layer high() {
        return high;
    }

    @Override
    public Tensors forward(Tensors in, Call call) {
        Sequences.wholeRows(call, "hiss");
        Tensor x = in.get("x");
        if (x.dim(1) < c.ratio()) {
            throw ZooException.badShape(
                    "hiss: at least one chunk of " + c.ratio() + " samples expected, given " + x.dim(1));
        }
        Tensor s = summaries(c.deltas() ? deltas(x, x.slice(1, 0, 1)) : x, call);
        call.aux().put("summary", s);
        Tensor h = high.forward(Tensors.of("x", s), call.under(HIGH)).get("y");
        return Tensors.of("y", output.apply(h));
    }

    /** Channels and x_t - x_{t-1}; of the first sample against {@code before} [B, 1, D]. */
    public static Tensor deltas(Tensor x, Tensor before) {
        Tensor past = Ops.concat(1, before, x.slice(1, 0, x.dim(1) - 1));
        return Ops.concat(2, x, x.sub(past));
    }

    /** One vector for every full chunk: [B, T, channels] -> [B, T / k, d]. */
    private Tensor summaries(Tensor x, Call call) {
        int k = c.ratio();
        int chunks = x.dim(1) / k;
        Tensor rows = x.slice(1, 0, chunks * k).reshape(x.dim(0) * chunks, k, x.dim(2));
        Tensor e =
                low.forward(Tensors.of("x", embed.apply(rows)), call.under(LOW)).get("y");
        return decoder.apply(e.select(1, k - 1))
                .reshape(x.dim(0), chunks, c.high().dim());
    }

    @Override
    public State open(Opening o) {
        State s = new State(o.batch())
                .with(LOW, streaming(low).open(o))
                .with(HIGH, streaming(high).open(o));
        return c.deltas() ? s.with(LAST, new Slot.Fixed(Tensor.zeros(o.dtype(), o.batch(), 1, c.inputs()))) : s;
    }

    /** Gives a row for every chunk that is completed, and nothing when none is. */
    @Override
    public Tensors advance(Tensors in, State s, Call call) {
        Tensor x = features(in.get("x"), s);
        int n = x.dim(1);
        int k = c.ratio();
        int filled = s.position() % k;
        List<Tensor> done = new ArrayList<>();
        int at = filled == 0 ? 0 : Math.min(n, k - filled);
        if (at > 0) {
            part(x.slice(1, 0, at), s, filled + at == k, call, done);
        }
        int full = at + (n - at) / k * k;
        if (full > at) {
            done.add(summaries(x.slice(1, at, full), call));
        }
        if (full < n) {
            s.under(LOW).slots().values().forEach(slot -> slot.replaceAll(Ops::zerosLike));
            part(x.slice(1, full, n), s, false, call, done);
        }
        s.advance(n);
        if (done.isEmpty()) {
            return Tensors.empty();
        }
        Tensors chunks = Tensors.of("x", Ops.concat(1, done));
        Tensor h =
                streaming(high).advance(chunks, s.under(HIGH), call.under(HIGH)).get("y");
        return Tensors.of("y", output.apply(h));
    }

    private static Streaming streaming(Layer level) {
        if (level instanceof Streaming s) {
            return s;
        }
        throw ZooException.unsupported(
                "hiss: a level that streams expected, given " + level.getClass().getSimpleName());
    }

    private Tensor features(Tensor x, State s) {
        if (!c.deltas()) {
            return x;
        }
        Tensor before = s.position() == 0 ? x.slice(1, 0, 1) : s.fixed(LAST).get();
        s.fixed(LAST).set(x.slice(1, x.dim(1) - 1, x.dim(1)));
        return deltas(x, before);
    }

    /** Samples of the open chunk. */
    private void part(Tensor x, State s, boolean closes, Call call, List<Tensor> done) {
        Tensors e = Tensors.of("x", embed.apply(x));
        Tensor y = streaming(low).advance(e, s.under(LOW), call.under(LOW)).get("y");
        if (closes) {
            done.add(decoder.apply(y.slice(1, y.dim(1) - 1, y.dim(1))));
        }
    }
}
