package org.layerzoo.cpuvector.op.neighbourhood;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.layerzoo.core.op.GradientOf;
import org.layerzoo.core.op.neighbourhood.Neighbourhood;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.cpuvector.Floats;
import org.layerzoo.cpuvector.Kernel;
import org.layerzoo.cpuvector.Loan;
import org.layerzoo.cpuvector.Workers;
import org.layerzoo.cpuvector.op.reduction.RowLoops;

/**
 * Gradients of neighbourhood attention from o and the log-sum-exp, a window at a time: P = exp(S - lse), dS = P (dP - delta). A task a
 * head, so that the gradients of keys and values have one order of additions.
 */
public final class NeighbourhoodGradientKernel implements Kernel<GradientOf> {
    private final NeighbourhoodKernel forward = new NeighbourhoodKernel();

    @Override
    public Optional<String> refusal(GradientOf op, List<TensorSpec> in) {
        return forward.refusal((Neighbourhood) op.op(), in);
    }

    @Override
    public List<Tensor> run(GradientOf op, List<Tensor> in) {
        Neighbourhood n = (Neighbourhood) op.op();
        Tensor q = in.getFirst();
        WindowTable table = WindowTable.of(n, q.shape().sub(2, q.rank() - 1).dims());
        int heads = q.dim(0) * q.dim(1);
        List<Tensor> grads = new ArrayList<>();
        in.subList(0, 3).forEach(t -> grads.add(Tensor.allocate(t.spec())));
        int entries = n.bias() ? Math.toIntExact(in.get(3).size() / q.dim(1)) : 0;
        try (Loan loan = Loan.open()) {
            double[] tables = loan.doubles(heads * entries);
            Arrays.fill(tables, 0, heads * entries, 0);
            Call call = new Call(op, n, in, table, grads, tables, entries);
            Workers.run(heads, Long.MAX_VALUE, call::head);
            if (n.bias()) {
                grads.add(joined(in.get(3), tables, entries, q.dim(0), q.dim(1)));
            }
        }
        return op.wanted().stream().map(grads::get).toList();
    }

    /** Sums over samples. */
    private static Tensor joined(Tensor table, double[] parts, int entries, int batch, int heads) {
        Tensor out = Tensor.allocate(table.spec());
        for (int i = 0; i < heads * entries; i++) {
            double y = 0;
            for (int b = 0; b < batch; b++) {
                y += parts[b * heads * entries + i];
            }
            Floats.set(out.segment(), i, (float) y);
        }
        return out;
    }

    private record Call(
            GradientOf op,
            Neighbourhood n,
            List<Tensor> in,
            WindowTable table,
            List<Tensor> grads,
            double[] tables,
            int entries) {
        void head(int head) {
            try (Loan loan = Loan.open()) {
                Windows w = Windows.of(n, table, in, head, loan);
                int points = table.points();
                Gradients g = Gradients.of(w, loan);
                float[] q = Windows.load(in.getFirst(), head, points * w.d(), loan);
                RowLoops.scale(q, 0, points * w.d(), (float) n.scale());
                int results = op.inputs();
                float[] o = Windows.load(in.get(results), head, points * w.dv(), loan);
                float[] lse = Windows.load(in.get(results + 1), head, points, loan);
                float[] dOut = cotangent(0, head, points * w.dv(), loan);
                float[] dLse = cotangent(1, head, points, loan);
                for (int i = 0; i < points; i++) {
                    float delta = w.dot(dOut, i * w.dv(), o, i * w.dv(), w.dv()) - dLse[i];
                    g.point(w, i, q, dOut, lse[i], delta, tables, head * entries);
                }
                RowLoops.scale(g.dq, 0, points * w.d(), (float) n.scale());
                store(g.dq, 0, head, points * w.d());
                store(g.dk, 1, head, points * w.d());
                store(g.dv, 2, head, points * w.dv());
            }
        }

        /** Of a result; zeros where nothing depends on it. */
        private float[] cotangent(int result, int head, int size, Loan loan) {
            int at = op.given().indexOf(result);
            return at < 0 ? loan.zeros(size) : Windows.load(in.get(op.inputs() + op.outputs() + at), head, size, loan);
        }

        private void store(float[] x, int which, int head, int size) {
            MemorySegment to = grads.get(which).segment();
            Floats.store(x, 0, to, (long) head * size, size);
        }
    }

    /** Sums of a head, and room for a window. */
    private record Gradients(float[] dq, float[] dk, float[] dv, float[] s) {
        static Gradients of(Windows w, Loan loan) {
            int points = w.table().points();
            return new Gradients(
                    loan.zeros(points * w.d()),
                    loan.zeros(points * w.d()),
                    loan.zeros(points * w.dv()),
                    loan.floats(w.table().size()));
        }

        /** @param q scaled queries */
        void point(Windows w, int i, float[] q, float[] dOut, float lse, float delta, double[] biases, int biasAt) {
            int size = w.table().size();
            w.scores(i, q, i * w.d(), s);
            RowLoops.expInPlace(s, 0, size, lse);
            for (int t = 0; t < size; t++) {
                int key = w.key(i, t);
                float p = s[t];
                float dp = key < 0 ? 0 : w.dot(dOut, i * w.dv(), w.v(), key * w.dv(), w.dv());
                float ds = p * (dp - delta);
                if (w.bias().length > 0 && w.counts(i, t)) {
                    biases[biasAt + w.offset(i, t)] += ds;
                }
                if (key >= 0) {
                    RowLoops.axpy(p, dOut, i * w.dv(), dv, key * w.dv(), w.dv());
                    RowLoops.axpy(ds, w.k(), key * w.d(), dq, i * w.d(), w.d());
                    RowLoops.axpy(ds, q, i * w.d(), dk, key * w.d(), w.d());
                }
            }
        }
    }
}
