package org.layerzoo.cpuvector.op.reduction;

import static jdk.incubator.vector.FloatVector.fromArray;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Optional;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.cpuvector.AxisLines;
import org.layerzoo.cpuvector.Floats;
import org.layerzoo.cpuvector.Kernel;
import org.layerzoo.cpuvector.Scratch;
import org.layerzoo.cpuvector.Width;
import org.layerzoo.cpuvector.Workers;

/** First position of the extreme of F32: along rows the extreme, then a search for it; along columns a plain loop over rows. */
public final class ArgReduceKernel implements Kernel<Primitive.ArgReduce> {
    private static final VectorSpecies<Float> S = Width.FLOATS;
    private static final int L = Width.LANES;
    private static final int COLUMNS = 256;
    private static final Scratch ROWS = new Scratch();

    @Override
    public Optional<String> refusal(Primitive.ArgReduce op, List<TensorSpec> in) {
        return in.getFirst().dtype() == DType.F32
                ? Optional.empty()
                : Optional.of("no loop for positions of " + in.getFirst().dtype());
    }

    @Override
    public String kind(Primitive.ArgReduce op, List<TensorSpec> in) {
        return AxisLines.of(in.getFirst().shape(), op.axis()).inner() == 1 ? "vector" : "scalar";
    }

    @Override
    public List<Tensor> run(Primitive.ArgReduce op, List<Tensor> in) {
        Tensor x = in.getFirst();
        Tensor out = Tensor.allocate(op.infer(List.of(x.spec())).getFirst());
        AxisLines a = AxisLines.of(x.shape(), op.axis());
        if (out.size() == 0) {
            return List.of(out);
        }
        if (a.inner() == 1) {
            rows(op.max(), x.segment(), a, out.segment());
        } else {
            columns(op.max(), x.segment(), a, out.segment());
        }
        return List.of(out);
    }

    private static void rows(boolean max, MemorySegment x, AxisLines a, MemorySegment out) {
        int n = a.n();
        Workers.pieces(a.outer(), Math.max(1, 16_384 / n), n, (from, end) -> {
            float[] v = ROWS.floats(n);
            for (long r = from; r < end; r++) {
                Floats.load(x, r * n, v, 0, n);
                float best = max ? RowLoops.max(v, 0, n) : RowLoops.min(v, 0, n);
                out.set(ValueLayout.JAVA_LONG_UNALIGNED, r * 8, first(v, n, best));
            }
        });
    }

    /** First element equal to y (0 and -0 are), or the first NaN where y is one. */
    private static int first(float[] v, int n, float y) {
        int i = 0;
        for (; i + L <= n; i += L) {
            VectorMask<Float> hit = y == y
                    ? fromArray(S, v, i).compare(VectorOperators.EQ, y)
                    : fromArray(S, v, i).test(VectorOperators.IS_NAN);
            if (hit.anyTrue()) {
                return i + hit.firstTrue();
            }
        }
        while (i < n - 1 && (y == y ? v[i] != y : v[i] == v[i])) {
            i++;
        }
        return i;
    }

    private static void columns(boolean max, MemorySegment x, AxisLines a, MemorySegment out) {
        int blocks = (a.inner() + COLUMNS - 1) / COLUMNS;
        Workers.run(a.outer() * blocks, a.size() * 2, t -> {
            int column = t % blocks * COLUMNS;
            int width = Math.min(COLUMNS, a.inner() - column);
            long first = (long) (t / blocks) * a.n() * a.inner() + column;
            float[] best = new float[width];
            float[] v = new float[width];
            long[] at = new long[width];
            Floats.load(x, first, best, 0, width);
            for (int i = 1; i < a.n(); i++) {
                Floats.load(x, first + (long) i * a.inner(), v, 0, width);
                for (int c = 0; c < width; c++) {
                    // The first NaN beats every number.
                    if (best[c] == best[c] && (v[c] != v[c] || (max ? v[c] > best[c] : v[c] < best[c]))) {
                        best[c] = v[c];
                        at[c] = i;
                    }
                }
            }
            MemorySegment.copy(
                    at, 0, out, ValueLayout.JAVA_LONG_UNALIGNED, ((long) (t / blocks) * a.inner() + column) * 8, width);
        });
    }
}
