package org.layerzoo.cpuvector.op.linear;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.cpuvector.Floats;
import org.layerzoo.cpuvector.Kernel;
import org.layerzoo.cpuvector.Scratch;
import org.layerzoo.cpuvector.Workers;

/** Pooling of F32 by plain loops, a task a plane; means are summed in double. */
public final class PoolKernel implements Kernel<Primitive.Linear> {
    private static final Scratch X = new Scratch();
    private static final Scratch Y = new Scratch();

    @Override
    public Optional<String> refusal(Primitive.Linear op, List<TensorSpec> in) {
        return in.getFirst().dtype() == DType.F32
                ? Optional.empty()
                : Optional.of(
                        "no loop for " + op.name() + " of " + in.getFirst().dtype());
    }

    @Override
    public String kind(Primitive.Linear op, List<TensorSpec> in) {
        return "scalar";
    }

    @Override
    public List<Tensor> run(Primitive.Linear op, List<Tensor> in) {
        Tensor x = in.getFirst();
        List<Tensor> out =
                op.infer(List.of(x.spec())).stream().map(Tensor::allocate).toList();
        Shape y = out.getFirst().shape();
        switch (op) {
            case Primitive.MaxPool p -> max(Windows.of(p.g(), x.shape(), y), x, out.get(0), out.get(1));
            case Primitive.AvgPool p -> mean(Windows.of(p.g(), x.shape(), y), p.countPadding(), x, out.getFirst());
            case Primitive.AvgPoolInput p ->
                spread(Windows.of(p.g(), y, x.shape()), p.countPadding(), x, out.getFirst());
            default -> throw new IllegalArgumentException("no pooling: " + op.name());
        }
        return out;
    }

    private static int planes(Tensor x) {
        return Math.toIntExact(x.shape().product(0, 2));
    }

    private static void max(Windows w, Tensor x, Tensor values, Tensor index) {
        int n = w.inputs();
        int m = w.outputs();
        MemorySegment from = x.segment();
        Workers.run(planes(x), values.size() * w.volume() * 2, p -> {
            float[] v = X.floats(n);
            float[] y = Y.floats(m);
            long[] at = new long[m];
            Floats.load(from, (long) p * n, v, 0, n);
            w.each((a, b, o) -> {
                int best = best(v, w.xs(), a, b);
                y[o] = v[best];
                at[o] = best;
            });
            Floats.store(y, 0, values.segment(), (long) p * m, m);
            MemorySegment.copy(at, 0, index.segment(), ValueLayout.JAVA_LONG_UNALIGNED, (long) p * m * 8, m);
        });
    }

    /** First largest element; the first NaN wins. */
    private static int best(float[] v, int[] xs, int[] from, int[] to) {
        int best = -1;
        for (int z = from[0]; z < to[0]; z++) {
            for (int r = from[1]; r < to[1]; r++) {
                int row = (z * xs[1] + r) * xs[2];
                for (int i = row + from[2]; i < row + to[2]; i++) {
                    if (best < 0 || v[i] > v[best] || v[i] != v[i] && v[best] == v[best]) {
                        best = i;
                    }
                }
            }
        }
        return best;
    }

    private static void mean(Windows w, boolean padding, Tensor x, Tensor out) {
        int n = w.inputs();
        int m = w.outputs();
        int[] xs = w.xs();
        MemorySegment from = x.segment();
        Workers.run(planes(x), out.size() * w.volume(), p -> {
            float[] v = X.floats(n);
            float[] y = Y.floats(m);
            Floats.load(from, (long) p * n, v, 0, n);
            w.each((a, b, o) -> {
                double s = 0;
                for (int z = a[0]; z < b[0]; z++) {
                    for (int r = a[1]; r < b[1]; r++) {
                        int row = (z * xs[1] + r) * xs[2];
                        for (int c = a[2]; c < b[2]; c++) {
                            s += v[row + c];
                        }
                    }
                }
                y[o] = (float) (s / (padding ? w.volume() : Windows.count(a, b)));
            });
            Floats.store(y, 0, out.segment(), (long) p * m, m);
        });
    }

    private static void spread(Windows w, boolean padding, Tensor dy, Tensor dx) {
        int n = w.inputs();
        int m = w.outputs();
        int[] xs = w.xs();
        MemorySegment from = dy.segment();
        Workers.run(planes(dy), dy.size() * w.volume(), p -> {
            float[] g = Y.floats(m);
            double[] sums = new double[n];
            Floats.load(from, (long) p * m, g, 0, m);
            w.each((a, b, o) -> {
                double share = g[o] / (double) (padding ? w.volume() : Windows.count(a, b));
                for (int z = a[0]; z < b[0]; z++) {
                    for (int r = a[1]; r < b[1]; r++) {
                        int row = (z * xs[1] + r) * xs[2];
                        for (int c = a[2]; c < b[2]; c++) {
                            sums[row + c] += share;
                        }
                    }
                }
            });
            float[] out = X.floats(n);
            Arrays.setAll(sums, i -> {
                out[i] = (float) sums[i];
                return sums[i];
            });
            Floats.store(out, 0, dx.segment(), (long) p * n, n);
        });
    }
}
