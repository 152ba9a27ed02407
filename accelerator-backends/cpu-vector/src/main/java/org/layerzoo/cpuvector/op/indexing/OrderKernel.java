package org.layerzoo.cpuvector.op.indexing;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.cpuvector.AxisLines;
import org.layerzoo.cpuvector.Floats;
import org.layerzoo.cpuvector.Scratch;
import org.layerzoo.cpuvector.Width;
import org.layerzoo.cpuvector.Workers;

/** Top-k, sorting and binary search of F32 (search of I64 as well), a task a group of lines. */
final class OrderKernel {
    private static final ValueLayout.OfLong LONGS = ValueLayout.JAVA_LONG_UNALIGNED;
    private static final Scratch LINES = new Scratch();

    private OrderKernel() {}

    @FunctionalInterface
    private interface Line {
        void run(float[] v, int line);
    }

    private static void lines(Tensor x, AxisLines a, Line body) {
        MemorySegment s = x.segment();
        int n = a.n();
        Workers.pieces(a.lines(), Math.max(1, 8192 / Math.max(1, n)), n * 8L, (from, end) -> {
            float[] v = LINES.floats(n);
            for (int line = (int) from; line < end; line++) {
                long first = a.first(line);
                if (a.inner() == 1) {
                    Floats.load(s, first, v, 0, n);
                } else {
                    for (int i = 0; i < n; i++) {
                        v[i] = Floats.get(s, first + (long) i * a.inner());
                    }
                }
                body.run(v, line);
            }
        });
    }

    static List<Tensor> topK(Primitive.TopK op, Tensor x) {
        List<org.layerzoo.core.tensor.TensorSpec> out = op.infer(List.of(x.spec()));
        Tensor values = Tensor.allocate(out.get(0));
        Tensor index = Tensor.allocate(out.get(1));
        if (values.size() == 0) {
            return List.of(values, index);
        }
        AxisLines a = AxisLines.of(x.shape(), op.axis());
        AxisLines to = AxisLines.of(values.shape(), op.axis());
        MemorySegment from = x.segment();
        MemorySegment v = values.segment();
        MemorySegment at = index.segment();
        lines(x, a, (line, i) -> {
            if (!op.largest()) {
                negate(line, a.n());
            }
            int[] best = Order.first(line, a.n(), op.k());
            if (op.order() == Primitive.TopKOrder.BY_INDEX) {
                Arrays.sort(best);
            }
            for (int k = 0; k < best.length; k++) {
                long target = to.first(i) + (long) k * to.inner();
                at.set(LONGS, target * 8, best[k]);
                GatherKernel.move(from, a.first(i) + (long) best[k] * a.inner(), v, target, 4);
            }
        });
        return List.of(values, index);
    }

    private static void negate(float[] v, int n) {
        for (int i = 0; i < n; i++) {
            v[i] = -v[i];
        }
    }

    static Tensor argSort(Primitive.ArgSort op, Tensor x) {
        Tensor out = Tensor.allocate(new org.layerzoo.core.tensor.TensorSpec(DType.I64, x.shape()));
        if (out.size() == 0) {
            return out;
        }
        AxisLines a = AxisLines.of(x.shape(), op.axis());
        MemorySegment to = out.segment();
        lines(x, a, (line, i) -> {
            int[] order = Order.sorted(line, a.n(), op.descending());
            for (int j = 0; j < order.length; j++) {
                to.set(LONGS, (a.first(i) + (long) j * a.inner()) * 8, order[j]);
            }
        });
        return out;
    }

    static Tensor search(Primitive.SearchSorted op, Tensor sorted, Tensor x) {
        Tensor out = Tensor.allocate(new org.layerzoo.core.tensor.TensorSpec(DType.I64, x.shape()));
        MemorySegment from = x.segment();
        MemorySegment to = out.segment();
        boolean whole = sorted.dtype() == DType.I64;
        long[] longs = whole ? sorted.toLongs() : new long[0];
        float[] floats = whole ? new float[0] : sorted.toFloats();
        long cost = 32 - Integer.numberOfLeadingZeros(Math.toIntExact(sorted.size()));
        Workers.pieces(x.size(), 8192, 4 * cost + 4, (first, end) -> {
            for (long i = first; i < end; i++) {
                int n = whole
                        ? below(longs, from.get(LONGS, i * 8), op.right())
                        : below(floats, Floats.get(from, i), op.right());
                to.set(LONGS, i * 8, n);
            }
        });
        return out;
    }

    private static int below(float[] s, float x, boolean right) {
        int lo = 0;
        int hi = s.length;
        while (lo < hi) {
            int mid = (lo + hi) >>> 1;
            if (right ? s[mid] <= x : s[mid] < x) {
                lo = mid + 1;
            } else {
                hi = mid;
            }
        }
        return lo;
    }

    private static int below(long[] s, long x, boolean right) {
        int lo = 0;
        int hi = s.length;
        while (lo < hi) {
            int mid = (lo + hi) >>> 1;
            if (right ? s[mid] <= x : s[mid] < x) {
                lo = mid + 1;
            } else {
                hi = mid;
            }
        }
        return lo;
    }

    /** Whether the choice of a line's k first runs over vectors. */
    static boolean vector(Primitive.TopK op, int n) {
        return op.k() <= n / 8 && n >= Width.LANES;
    }
}
