package org.layerzoo.nn.memory;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import org.layerzoo.core.layer.Init;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.Wide;
import org.layerzoo.core.op.dense.Activation;
import org.layerzoo.core.op.norm.Root;
import org.layerzoo.core.state.Opening;
import org.layerzoo.core.state.Slot;
import org.layerzoo.core.state.State;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.nn.DepthwiseConv;
import org.layerzoo.nn.Heads;
import org.layerzoo.nn.Linear;
import org.layerzoo.nn.TokenProjection;
import org.layerzoo.nn.TokenProjections;

/**
 * A {@link NeuralMemory} with its projections and gates, x [B, T, D] -> [B, T, D]: short convolutions and SiLU on queries, keys and
 * values, unit queries and keys, one step size, decay and momentum a token and head, an RMS norm a head (Titans, section 3.1). Streams keep
 * the weights behind the last full chunk and what the open one has written.
 */
public final class LongTermMemory {
    private static final List<String> OPEN = List.of("k", "v", "eta", "keep", "theta");

    /**
     * Sizes.
     *
     * @param depth weights of a memory, 1 or 2
     * @param chunk tokens whose gradients are taken at one set of weights
     * @param step the largest step size
     */
    public record Sizes(int dim, int heads, int depth, int chunk, double step, int convWidth) {
        int headDim() {
            return dim / heads;
        }
    }

    private final Sizes c;
    private final TokenProjections tokens;
    private final Linear eta;
    private final Linear alpha;
    private final Linear theta;
    private final List<Param> initial = new ArrayList<>();
    private final Linear out;

    public LongTermMemory(Params p, Sizes c) {
        this.c = c;
        int d = c.headDim();
        TokenProjection.Short conv = new TokenProjection.Short(c.convWidth(), false);
        TokenProjections.Widths widths = new TokenProjections.Widths(c.dim(), c.dim(), c.dim());
        tokens = TokenProjections.of(p, c.dim(), widths, conv, Activation.SILU, Activation.SILU);
        eta = gate(p, "eta", 0);
        alpha = gate(p, "alpha", -4);
        theta = gate(p, "theta", 0);
        int hidden = c.depth() == 1 ? d : 4 * d;
        initial.add(p.weight("memory.0", Shape.of(c.heads(), hidden, d), Init.normal(0.02)));
        if (c.depth() == 2) {
            initial.add(p.weight("memory.1", Shape.of(c.heads(), d, hidden), Init.zeros()));
        }
        out = Linear.of(p, "o_proj", c.dim(), c.dim(), false);
    }

    private Linear gate(Params p, String name, double bias) {
        Param w = p.weight(name + ".weight", Shape.of(c.heads(), c.dim()), Init.linear());
        Param b = p.weight(name + ".bias", Shape.of(c.heads()), Init.constant(bias), new Param.Attr.NoDecay());
        return new Linear(w, java.util.Optional.of(b));
    }

    /** The state before the first token. */
    public State open(Opening o) {
        State s = openWeights(o);
        tokens.convolutions().forEach(f -> f.open(s, o.dtype()));
        DType wide = Wide.of(o.dtype());
        OPEN.forEach(n -> {
            s.with(n, new Slot.Growing(2));
            boolean row = n.equals("k") || n.equals("v");
            s.growing(n)
                    .append(
                            row
                                    ? Tensor.zeros(wide, o.batch(), c.heads(), 0, c.headDim())
                                    : Tensor.zeros(wide, o.batch(), c.heads(), 0));
        });
        return s;
    }

    /** A state that holds {@link #weights} alone, the learned ones. */
    public State openWeights(Opening o) {
        State s = new State(o.batch());
        NeuralMemory.Weights start = start(o.batch());
        DType wide = Wide.of(o.dtype());
        for (int i = 0; i < c.depth(); i++) {
            s.with("w" + i, new Slot.Fixed(start.w().get(i).cast(wide)));
            s.with("s" + i, new Slot.Fixed(start.s().get(i).cast(wide)));
        }
        return s;
    }

    /** The learned weights for every row of a batch. */
    public NeuralMemory.Weights start(int batch) {
        return NeuralMemory.Weights.of(initial.stream()
                .map(p -> Wide.up(p.value()))
                .map(w -> w.unsqueeze(0).expand(batch, w.dim(0), w.dim(1), w.dim(2)))
                .toList());
    }

    /** Weights of a stream behind the last full chunk. */
    public NeuralMemory.Weights weights(State s) {
        List<Tensor> w = new ArrayList<>();
        List<Tensor> m = new ArrayList<>();
        for (int i = 0; i < c.depth(); i++) {
            w.add(s.fixed("w" + i).get());
            m.add(s.fixed("s" + i).get());
        }
        return new NeuralMemory.Weights(w, m);
    }

    private Tensor unit(Tensor x) {
        return Heads.unit(Wide.up(Heads.split(x, c.heads())));
    }

    private Tensor merged(Tensor y, Tensor x) {
        return out.apply(Heads.merge(Wide.down(Fused.rmsNorm(y, 1e-5, Root.INSIDE), x)));
    }

    private NeuralMemory.Writes writes(Tensor x, BiFunction<DepthwiseConv, Tensor, Tensor> conv) {
        return new NeuralMemory.Writes(
                unit(tokens.k().apply(x, conv)),
                Wide.up(Heads.split(tokens.v().apply(x, conv), c.heads())),
                Ops.logSigmoid(number(eta, x)),
                Ops.logSigmoid(number(alpha, x).neg()),
                Ops.sigmoid(number(theta, x)).mul(c.step()));
    }

    /** One number a token and head, [B, H, n]. */
    private static Tensor number(Linear l, Tensor x) {
        return Wide.up(l.apply(x)).permute(0, 2, 1);
    }

    /** Takes tokens in and gives what memory says to each behind it: x [B, n, D] -> [B, n, D]. */
    public Tensor advance(Tensor x, State s) {
        BiFunction<DepthwiseConv, Tensor, Tensor> conv = (f, t) -> f.advance(t, s);
        Tensor qh = unit(tokens.q().apply(x, conv));
        NeuralMemory.Writes all = writes(x, conv);
        List<Tensor> y = new ArrayList<>();
        for (int at = 0; at < all.size(); ) {
            int filled = s.growing("k").get().dim(2);
            int next = Math.min(all.size(), at + c.chunk() - filled);
            NeuralMemory.Writes chunk = append(s, all.slice(at, next));
            y.add(NeuralMemory.chunk(weights(s), chunk, qh.slice(2, at, next)));
            close(s, chunk);
            at = next;
        }
        return merged(Ops.concat(2, y), x);
    }

    /** The same over whole rows: x [B, T, D] -> [B, T, D]. */
    public Tensor whole(Tensor x) {
        Tensor qh = unit(tokens.q().apply(x, DepthwiseConv::apply));
        NeuralMemory.Writes all = writes(x, DepthwiseConv::apply);
        NeuralMemory.Weights m = start(x.dim(0));
        List<Tensor> y = new ArrayList<>();
        for (int at = 0; at < all.size(); at += c.chunk()) {
            int next = Math.min(all.size(), at + c.chunk());
            y.add(NeuralMemory.chunk(m, all.slice(at, next), qh.slice(2, at, next)));
            m = NeuralMemory.after(m, all.slice(at, next));
        }
        return merged(Ops.concat(2, y), x);
    }

    /** Weights behind tokens. @param x [B, n, D] @param before the tokens that the convolutions still see, [B, W - 1, D] */
    public NeuralMemory.Weights write(NeuralMemory.Weights from, Tensor x, Tensor before) {
        int past = before.dim(1);
        NeuralMemory.Writes all =
                writes(Ops.concat(1, before, x), DepthwiseConv::apply).slice(past, past + x.dim(1));
        NeuralMemory.Weights m = from;
        for (int at = 0; at < all.size(); at += c.chunk()) {
            m = NeuralMemory.after(m, all.slice(at, Math.min(all.size(), at + c.chunk())));
        }
        return m;
    }

    /** What weights say as they are, without the convolution: [B, n, D] -> [B, n, D]. */
    public Tensor read(NeuralMemory.Weights m, Tensor x) {
        return merged(NeuralMemory.read(m, unit(Ops.silu(tokens.q().linear().apply(x)))), x);
    }

    private NeuralMemory.Writes append(State s, NeuralMemory.Writes w) {
        List<Tensor> t = List.of(w.k(), w.v(), w.logEta(), w.logKeep(), w.theta());
        for (int i = 0; i < t.size(); i++) {
            s.growing(OPEN.get(i)).append(t.get(i));
        }
        List<Tensor> u = OPEN.stream().map(n -> s.growing(n).get()).toList();
        return new NeuralMemory.Writes(u.get(0), u.get(1), u.get(2), u.get(3), u.get(4));
    }

    private void close(State s, NeuralMemory.Writes chunk) {
        if (chunk.size() < c.chunk()) {
            return;
        }
        store(s, NeuralMemory.after(weights(s), chunk));
        OPEN.forEach(n -> s.growing(n).set(s.growing(n).get().slice(2, 0, 0)));
    }

    /** Sets {@link #weights}. */
    public void store(State s, NeuralMemory.Weights m) {
        for (int i = 0; i < c.depth(); i++) {
            s.fixed("w" + i).set(m.w().get(i));
            s.fixed("s" + i).set(m.s().get(i));
        }
    }
}
