package org.layerzoo.cpuvector.op.indexing;

import static jdk.incubator.vector.FloatVector.fromArray;

import java.util.Arrays;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import org.layerzoo.cpuvector.Width;

/**
 * Orders of a line of floats as longs whose upper half is the key and whose lower half the position: one comparison
 * settles values and ties. 0 and -0 are equal.
 */
final class Order {
    private static final VectorSpecies<Float> S = Width.FLOATS;
    private static final int L = Width.LANES;

    private Order() {}

    /** Grows with the number; NaN is above all. */
    private static int ascending(float v) {
        int bits = Float.floatToRawIntBits(v + 0f);
        return v != v ? Integer.MAX_VALUE : bits ^ ((bits >> 31) & Integer.MAX_VALUE);
    }

    /** Falls with the number; NaN is above all. */
    private static int descending(float v) {
        return v != v ? Integer.MAX_VALUE : ~ascending(v);
    }

    static long ascending(float v, int i) {
        return (long) ascending(v) << 32 | i;
    }

    static long descending(float v, int i) {
        return (long) descending(v) << 32 | i;
    }

    /** Positions of the line in order, NaN last, ties by position. */
    static int[] sorted(float[] v, int n, boolean descending) {
        long[] keys = new long[n];
        for (int i = 0; i < n; i++) {
            keys[i] = descending ? descending(v[i], i) : ascending(v[i], i);
        }
        Arrays.sort(keys);
        return positions(keys, n);
    }

    private static int[] positions(long[] keys, int k) {
        int[] at = new int[k];
        for (int i = 0; i < k; i++) {
            at[i] = (int) keys[i];
        }
        return at;
    }

    /** Positions of the k first in descending order: those that beat the last one held are found a vector at a time. */
    static int[] first(float[] v, int n, int k) {
        if (k > n / 8) {
            return Arrays.copyOf(sorted(v, n, true), k);
        }
        long[] heap = new long[k];
        for (int i = 0; i < k; i++) {
            heap[i] = descending(v[i], i);
        }
        Arrays.sort(heap);
        reverse(heap);
        int i = k;
        for (; i + L <= n; i += L) {
            float worst = v[(int) heap[0]];
            // A NaN that is still held loses against any number.
            boolean any = worst != worst
                    || fromArray(S, v, i).compare(VectorOperators.GT, worst).anyTrue();
            for (int x = i; any && x < i + L; x++) {
                offer(heap, descending(v[x], x));
            }
        }
        for (; i < n; i++) {
            offer(heap, descending(v[i], i));
        }
        Arrays.sort(heap);
        return positions(heap, k);
    }

    /** An array in falling order is a heap with the largest on top. */
    private static void reverse(long[] a) {
        for (int i = 0; i < a.length / 2; i++) {
            long x = a[i];
            a[i] = a[a.length - 1 - i];
            a[a.length - 1 - i] = x;
        }
    }

    private static void offer(long[] heap, long key) {
        if (heap.length == 0 || key >= heap[0]) {
            return;
        }
        int at = 0;
        for (int child = 1; child < heap.length; child = 2 * at + 1) {
            if (child + 1 < heap.length && heap[child + 1] > heap[child]) {
                child++;
            }
            if (heap[child] <= key) {
                break;
            }
            heap[at] = heap[child];
            at = child;
        }
        heap[at] = key;
    }
}
