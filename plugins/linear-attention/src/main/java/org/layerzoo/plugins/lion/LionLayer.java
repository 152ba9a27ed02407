package org.layerzoo.plugins.lion;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Init;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.Algorithms;
import org.layerzoo.nn.HeadedLayer;
import org.layerzoo.nn.Heads;
import org.layerzoo.nn.Linear;
import org.layerzoo.nn.Sequences;
import org.layerzoo.nn.linear.LinearAttention;
import org.layerzoo.plugins.lion.LionConfig.Decay;
import org.layerzoo.plugins.lion.LionConfig.Order;

/**
 * LION (section 3), x [B, T, D] -> y [B, T, D]: A = (q k^T / sqrt(d)) * M, y = (A v / (rowsum A + 1e-6)) W with M_ii = 1 and
 *
 * <pre>
 * LIT: M = 1, phi = elu + 1;  D: M_ij = lambda^|i - j|;  S: products of lambda_t between i and j;  phi = (SiLU + 1/2) / |.|
 * </pre>
 *
 * as two recurrences, one from each side: FLOPs O(B T D (D + C + d)) in chunks of C tokens, memory O(B T D); in a call's dense form as this
 * masked product, O(B T D (D + T)) and H T T. Equals models_lion.py:Lion_Attention of the authors.
 */
final class LionLayer implements HeadedLayer {
    private static final double EPS = 1e-6;

    private final LionConfig c;
    private final Linear qkv;
    private final Linear proj;
    private final List<Optional<Gate>> gates = new ArrayList<>();

    /** lambda of one order: a number a head, or a projection. */
    private sealed interface Gate {
        /** Log lambda [B, H, T] of tokens as they come. */
        Tensor logs(Tensor x);

        record Fixed(Param a) implements Gate {
            @Override
            public Tensor logs(Tensor x) {
                int h = a.value().dim(0);
                return Ops.logSigmoid(a.value()).reshape(1, h, 1).expand(x.dim(0), h, x.dim(1));
            }
        }

        record Selective(Linear a) implements Gate {
            @Override
            public Tensor logs(Tensor x) {
                return Ops.logSigmoid(a.apply(x).neg()).permute(0, 2, 1);
            }
        }
    }

    LionLayer(LionConfig c, Params p) {
        this.c = c;
        qkv = Linear.truncated(p, "qkv", c.dim(), 3 * c.dim(), c.qkvBias());
        proj = Linear.truncated(p, "proj", c.dim(), c.dim(), true);
        gates.add(gate(p, "a_i"));
        if (c.order() instanceof Order.Snakes) {
            gates.add(gate(p, "a2_i"));
        }
    }

    private Optional<Gate> gate(Params p, String name) {
        return switch (c.decay()) {
            case NONE -> Optional.empty();
            case FIXED ->
                Optional.of(
                        new Gate.Fixed(p.weight(name, Shape.of(c.heads()), Init.normal(1), new Param.Attr.NoDecay())));
            case SELECTIVE -> Optional.of(new Gate.Selective(Linear.of(p, name, c.dim(), c.heads(), true)));
        };
    }

    @Override
    public Tensors forward(Tensors in, Call call) {
        Sequences.wholeRows(call, "lion");
        Tensor x = in.get("x");
        List<Tensor> t = Ops.split(qkv.apply(x), -1, c.dim(), c.dim(), c.dim());
        Tensor q = phi(Heads.split(t.get(0), c.heads()));
        Tensor k = phi(Heads.split(t.get(1), c.heads()));
        Tensor v = LinearAttention.counted(Heads.split(t.get(2), c.heads()));
        if (c.order() instanceof Order.Snakes s) {
            fits(s, x);
        }
        Tensor sums =
                call.algorithm() instanceof Call.Algorithm.Dense ? whole(x, q, k, v) : recurrent(x, q, k, v, call);
        Tensor o = call.taps().at(HEADS, LinearAttention.divided(sums, EPS));
        return Tensors.of("y", proj.apply(Heads.merge(o)));
    }

    private void fits(Order.Snakes s, Tensor x) {
        if (x.dim(1) != c.tokens(s)) {
            throw ZooException.badShape("lion: " + c.tokens(s) + " tokens expected (map " + s.height() + " x "
                    + s.width() + (c.classToken() ? " and a class token" : "") + "), given " + x.shape());
        }
    }

    private Tensor phi(Tensor h) {
        return c.decay() == Decay.NONE ? LinearAttention.eluPlusOne(h) : BothDirections.phi(h);
    }

    private Tensor recurrent(Tensor x, Tensor q, Tensor k, Tensor v, Call call) {
        return switch (c.order()) {
            case Order.Line l -> along(x, q, k, v, gates.getFirst(), call);
            case Order.Snakes s -> {
                Tensor rows = turned(x, q, k, v, s, true, call);
                yield rows.add(turned(x, q, k, v, s, false, call)).mul(0.5);
            }
        };
    }

    /** The masked product. */
    private Tensor whole(Tensor x, Tensor q, Tensor k, Tensor v) {
        Optional<Tensor> mask =
                switch (c.order()) {
                    case Order.Line l -> gates.getFirst().map(g -> BothDirections.mask(logs(g, x)));
                    case Order.Snakes s ->
                        gates.getFirst().map(g -> mask(s, g, x, true)
                                .add(mask(s, gates.get(1).orElseThrow(), x, false))
                                .mul(0.5));
                };
        return BothDirections.quadratic(q, k, v, 1 / Math.sqrt(q.dim(3)), mask);
    }

    private Tensor mask(Order.Snakes s, Gate gate, Tensor x, boolean rows) {
        Snake snake = Snake.of(s.height(), s.width(), rows, c.classToken());
        return snake.back(snake.back(BothDirections.mask(logs(gate, snake.along(x, 1))), 2), 3);
    }

    private Tensor along(Tensor x, Tensor q, Tensor k, Tensor v, Optional<Gate> gate, Call call) {
        double scale = 1 / Math.sqrt(q.dim(3));
        return BothDirections.read(q, k, v, scale, gate.map(g -> logs(g, x)), Algorithms.of(call, "lion"));
    }

    /** The class token of selective gates decays nothing. */
    private Tensor logs(Gate gate, Tensor x) {
        Tensor l = gate.logs(x);
        return c.classToken() && c.decay() == Decay.SELECTIVE ? Ops.padZero(l.slice(2, 1, l.dim(2)), 2, 1, 0) : l;
    }

    private Tensor turned(Tensor x, Tensor q, Tensor k, Tensor v, Order.Snakes s, boolean rows, Call call) {
        Snake snake = Snake.of(s.height(), s.width(), rows, c.classToken());
        Tensor sums = along(
                snake.along(x, 1),
                snake.along(q, 2),
                snake.along(k, 2),
                snake.along(v, 2),
                gates.get(rows ? 0 : 1),
                call);
        return snake.back(sums, 2);
    }
}
