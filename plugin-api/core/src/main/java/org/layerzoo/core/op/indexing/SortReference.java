package org.layerzoo.core.op.indexing;

import java.lang.foreign.MemorySegment;
import java.util.List;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;

/** The ops that compare: 0 and -0 are equal, ties keep the order of their indices. */
final class SortReference {
    private SortReference() {}

    /** Numbers that compare by position: negative when element a comes before b. */
    private interface Keys {
        int compare(int a, int b);

        /** Larger numbers later; NaN last. Integers of 64 bits do not fit a double and compare as they are. */
        static Keys ascending(Tensor x) {
            if (x.dtype() == DType.I64) {
                long[] v = x.toLongs();
                return (a, b) -> Long.compare(v[a], v[b]);
            }
            double[] v = x.toDoubles();
            return (a, b) -> {
                boolean nan = Double.isNaN(v[a]);
                if (nan || Double.isNaN(v[b])) {
                    return Boolean.compare(nan, Double.isNaN(v[b]));
                }
                return v[a] < v[b] ? -1 : v[a] > v[b] ? 1 : 0;
            };
        }

        /** Larger numbers first; NaN last. */
        static Keys descending(Tensor x) {
            if (x.dtype() == DType.I64) {
                long[] v = x.toLongs();
                return (a, b) -> Long.compare(v[b], v[a]);
            }
            double[] v = x.toDoubles();
            return (a, b) -> {
                boolean nan = Double.isNaN(v[a]);
                if (nan || Double.isNaN(v[b])) {
                    return Boolean.compare(nan, Double.isNaN(v[b]));
                }
                return v[a] > v[b] ? -1 : v[a] < v[b] ? 1 : 0;
            };
        }
    }

    static Tensor argSort(Primitive.ArgSort op, Tensor x) {
        return Tensor.of(order(x, op.axis(), op.descending()), x.shape().dims());
    }

    static List<Tensor> topK(Primitive.TopK op, Tensor x) {
        // Largest first with NaN last is "NaN counts as smallest"; smallest first likewise.
        long[] order = order(x, op.axis(), op.largest());
        Shape s = x.shape().with(op.axis(), op.k());
        long[] index = new long[Math.toIntExact(s.size())];
        int n = x.dim(op.axis());
        int inner = (int) x.shape().product(op.axis() + 1, x.rank());
        int outer = (int) x.shape().product(0, op.axis());
        long bytes = x.dtype().bytes();
        Tensor values = Tensor.allocate(x.spec().withShape(s));
        long[] row = new long[op.k()];
        for (int o = 0; o < outer; o++) {
            for (int i = 0; i < inner; i++) {
                for (int k = 0; k < op.k(); k++) {
                    row[k] = order[(o * n + k) * inner + i];
                }
                if (op.order() == Primitive.TopKOrder.BY_INDEX) {
                    java.util.Arrays.sort(row);
                }
                for (int k = 0; k < op.k(); k++) {
                    int to = (o * op.k() + k) * inner + i;
                    long from = (o * n + row[k]) * inner + i;
                    index[to] = row[k];
                    MemorySegment.copy(x.segment(), from * bytes, values.segment(), to * bytes, bytes);
                }
            }
        }
        return List.of(values, Tensor.of(index, s.dims()));
    }

    /** Positions along the axis in stable order, in the layout of x. */
    private static long[] order(Tensor x, int axis, boolean descending) {
        Keys keys = descending ? Keys.descending(x) : Keys.ascending(x);
        int n = x.dim(axis);
        int inner = (int) x.shape().product(axis + 1, x.rank());
        int outer = (int) x.shape().product(0, axis);
        long[] out = new long[Math.toIntExact(x.size())];
        int[] at = new int[n];
        int[] scratch = new int[n];
        for (int o = 0; o < outer; o++) {
            for (int i = 0; i < inner; i++) {
                int base = o * n * inner + i;
                for (int j = 0; j < n; j++) {
                    at[j] = base + j * inner;
                }
                sort(at, scratch, 0, n, keys);
                for (int j = 0; j < n; j++) {
                    out[base + j * inner] = (at[j] - base) / inner;
                }
            }
        }
        return out;
    }

    /** Merge sort on ints, which keeps ties in order and boxes nothing. */
    private static void sort(int[] a, int[] scratch, int from, int to, Keys keys) {
        if (to - from < 2) {
            return;
        }
        int mid = (from + to) >>> 1;
        sort(a, scratch, from, mid, keys);
        sort(a, scratch, mid, to, keys);
        System.arraycopy(a, from, scratch, from, to - from);
        int l = from;
        int r = mid;
        for (int i = from; i < to; i++) {
            boolean left = r >= to || l < mid && keys.compare(scratch[l], scratch[r]) <= 0;
            a[i] = left ? scratch[l++] : scratch[r++];
        }
    }

    /** NaN is neither below nor above anything: it counts 0; NaN at the end of {@code sorted} is never counted. */
    static Tensor searchSorted(Primitive.SearchSorted op, Tensor sorted, Tensor x) {
        long[] out = new long[Math.toIntExact(x.size())];
        if (sorted.dtype() == DType.I64) {
            long[] s = sorted.toLongs();
            long[] v = x.toLongs();
            for (int i = 0; i < out.length; i++) {
                long y = v[i];
                out[i] = first(s.length, j -> op.right() ? s[j] <= y : s[j] < y);
            }
        } else {
            double[] s = sorted.toDoubles();
            double[] v = x.toDoubles();
            for (int i = 0; i < out.length; i++) {
                double y = v[i];
                out[i] = first(s.length, j -> op.right() ? s[j] <= y : s[j] < y);
            }
        }
        return Tensor.of(out, x.shape().dims());
    }

    /** Number of positions at the front for which the condition holds. */
    private static int first(int n, java.util.function.IntPredicate below) {
        int lo = 0;
        int hi = n;
        while (lo < hi) {
            int mid = (lo + hi) >>> 1;
            if (below.test(mid)) {
                lo = mid + 1;
            } else {
                hi = mid;
            }
        }
        return lo;
    }
}
