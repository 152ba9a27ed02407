package org.layerzoo.nn.linear;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.layerzoo.core.exec.Tape;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Streaming;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.recur.Algorithm;
import org.layerzoo.core.op.recur.Recurrence;
import org.layerzoo.core.spi.CheckContext;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.state.Opening;
import org.layerzoo.core.state.State;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;

/** What the sheets of linear mixers ask again and again: that all forms of one formula give the same numbers. */
public final class Forms {
    private Forms() {}

    /** Token by token, as one chunk and in chunks of the given sizes. */
    public static List<Algorithm> of(int... chunks) {
        List<Algorithm> out = new ArrayList<>(List.of(new Algorithm.Recurrent(), new Algorithm.Parallel()));
        for (int c : chunks) {
            out.add(new Algorithm.Chunked(c));
        }
        return out;
    }

    /** The model's first output in every form, in pieces of a stream and as {@code forward} chooses: all as the recurrence. */
    public static void agree(CheckContext c, Model m, Tensors in, double tolerance, int... chunks) {
        Tensor first = run(m, in, new Call.Algorithm.Recurrent());
        c.close("as the layer chooses", run(m, in, new Call.Algorithm.Auto()), first, tolerance);
        c.close("parallel", run(m, in, new Call.Algorithm.Parallel()), first, tolerance);
        for (int n : chunks) {
            c.close("chunks of " + n, run(m, in, new Call.Algorithm.Chunked(n)), first, tolerance);
        }
        streams(c, m, in, tolerance);
    }

    /** Prefill of two thirds, then token by token, against the whole. */
    public static void streams(CheckContext c, Model m, Tensors in, double tolerance) {
        Tensor whole = run(m, in, new Call.Algorithm.Auto());
        int axis = m.signature().tokenOutput().orElseThrow().tokenAxis();
        int n = whole.dim(axis);
        State s = ((Streaming) m.layer()).open(Opening.of(whole.dim(0)).with(whole.dtype()));
        List<Tensor> parts = new ArrayList<>();
        int at = 0;
        for (int next = Math.max(1, 2 * n / 3); at < n; next++) {
            Tensors piece = tokens(m, in, at, next);
            parts.add(first(m, ((Streaming) m.layer()).advance(piece, s, Call.eval())));
            at = next;
        }
        c.close("prefill, then token by token", Ops.concat(axis, parts), whole, tolerance);
    }

    /** Outputs before token t while tokens from t on change. */
    public static void causal(CheckContext c, Model m, Tensors in, int t) {
        int axis = m.signature().tokenOutput().orElseThrow().tokenAxis();
        int n = in.get(m.signature().tokenInput().orElseThrow().name())
                .dim(m.signature().tokenInput().orElseThrow().tokenAxis());
        Tensors head = tokens(m, in, 0, t);
        Tensors tail = tokens(m, in, t, n);
        Tensors changed = Tensors.empty();
        for (String name : in.names()) {
            int a = m.signature().input(name).orElseThrow().tokenAxis();
            Tensor other = c.draws()
                    .normal(
                            "changed " + name,
                            in.get(name).dtype(),
                            tail.get(name).shape().dims());
            changed = changed.with(name, Ops.concat(a, head.get(name), other));
        }
        Tensor before = run(m, in, new Call.Algorithm.Auto());
        Tensor after = run(m, changed, new Call.Algorithm.Auto());
        c.close("outputs before token " + t, after.slice(axis, 0, t), before.slice(axis, 0, t), 1e-6);
    }

    /** Every form of a recurrence over q, k, v against the quadratic form under a mask, values and gradients, and its final state in all forms alike. */
    public static void quadratic(
            CheckContext c,
            List<Tensor> qkv,
            UnaryOperator<Recurrence> gate,
            Tensor mask,
            double tolerance,
            int... chunks) {
        UnaryOperator<List<Tensor>> dense = x -> List.of(dense(x.get(0), x.get(1), x.get(2), mask));
        Tensor cot =
                c.draws().normal("cot", qkv.get(0).dtype(), qkv.get(2).shape().dims());
        Tensor expected = dense.apply(qkv).getFirst();
        List<Tensor> slopes = gradients(qkv, cot, dense);
        Tensor state = gate.apply(Fused.recur(qkv.get(0), qkv.get(1), qkv.get(2)))
                .algorithm(new Algorithm.Recurrent())
                .run()
                .state();
        for (Algorithm a : of(chunks)) {
            UnaryOperator<List<Tensor>> form = x -> {
                Recurrence.Recurred r = gate.apply(Fused.recur(x.get(0), x.get(1), x.get(2)))
                        .algorithm(a)
                        .run();
                return List.of(r.o(), r.state());
            };
            List<Tensor> given = form.apply(qkv);
            c.close(a.toString(), given.get(0), expected, tolerance);
            c.close("state, " + a, given.get(1), state, tolerance);
            List<Tensor> g = gradients(qkv, cot, x -> List.of(form.apply(x).getFirst()));
            for (int i = 0; i < 3; i++) {
                c.close("gradient to " + "qkv".charAt(i) + ", " + a, g.get(i), slopes.get(i), 10 * tolerance);
            }
        }
    }

    /** Gradients of f's first result under a cotangent. */
    public static List<Tensor> gradients(List<Tensor> at, Tensor cotangent, UnaryOperator<List<Tensor>> f) {
        Tape tape = new Tape().watch(at);
        Tensor y = tape.record(() -> f.apply(at).getFirst());
        return tape.gradient(List.of(y), List.of(cotangent), at);
    }

    /** q, k [B, H, T, K] and v [B, H, T, V], standard normal. */
    public static List<Tensor> draw(CheckContext c, DType dtype, int b, int h, int t, int keys, int values) {
        return List.of(
                c.draws().normal("q", dtype, b, h, t, keys),
                c.draws().normal("k", dtype, b, h, t, keys),
                c.draws().normal("v", dtype, b, h, t, values));
    }

    /** Weights 0.5^(i - j) over values 1, 2, 3 with q = k = 1: reads 1, 2.5, 4.25. */
    public static void halving(CheckContext c, int block) {
        Tensor one = Tensor.ones(DType.F64, 1, 1, 3, 1);
        Tensor o = Fused.recur(one, one, Tensor.of(new double[] {1, 2, 3}, 1, 1, 3, 1))
                .perHead(Tensor.of(new double[] {Math.log(0.5)}, 1))
                .chunked(block)
                .run()
                .o();
        c.close("1, 2.5, 4.25 in blocks of " + block, o, Tensor.of(new double[] {1, 2.5, 4.25}, 1, 1, 3, 1), 1e-12);
    }

    /** (q k^T * M) v, the quadratic form; M [T, S] or one a head [H, T, S]. */
    public static Tensor dense(Tensor q, Tensor k, Tensor v, Tensor mask) {
        return q.matmulT(k).mul(mask).matmul(v);
    }

    /** exp(-slope_h (i - j)) for j <= i, else 0: F64 [H, T, T]. */
    public static Tensor decayMask(double[] slopes, int t) {
        double[] m = new double[slopes.length * t * t];
        for (int h = 0; h < slopes.length; h++) {
            for (int i = 0; i < t; i++) {
                for (int j = 0; j <= i; j++) {
                    m[(h * t + i) * t + j] = Math.exp(-slopes[h] * (i - j));
                }
            }
        }
        return Tensor.of(DType.F64, m, slopes.length, t, t);
    }

    /** The first output under an algorithm. */
    public static Tensor run(Model m, Tensors in, Call.Algorithm a) {
        return first(m, m.forward(in, Call.eval().with(a)));
    }

    private static Tensor first(Model m, Tensors out) {
        return out.get(m.signature().out().getFirst().name());
    }

    private static Tensors tokens(Model m, Tensors in, int from, int to) {
        Tensors out = Tensors.empty();
        for (String name : in.names()) {
            int axis = m.signature().input(name).orElseThrow().tokenAxis();
            out = out.with(name, in.get(name).slice(axis, from, to));
        }
        return out;
    }
}
