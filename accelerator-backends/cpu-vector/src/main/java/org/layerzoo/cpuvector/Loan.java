package org.layerzoo.cpuvector;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Arrays for one task, from a stock that each thread keeps: a kernel that runs again allocates nothing. All go back when the loan is
 * closed; nobody may hold them beyond that.
 */
public final class Loan implements AutoCloseable {
    private static final ThreadLocal<Map<Integer, ArrayDeque<float[]>>> STOCK = ThreadLocal.withInitial(HashMap::new);

    private final Map<Integer, ArrayDeque<float[]>> stock = STOCK.get();
    private final List<float[]> lent = new ArrayList<>();

    private Loan() {}

    public static Loan open() {
        return new Loan();
    }

    /** At least n floats plus one vector, so that a loop may run over its end; they hold whatever was there before. */
    public float[] floats(int n) {
        int size = size(n + Width.LANES);
        float[] free = stock.computeIfAbsent(size, k -> new ArrayDeque<>()).poll();
        float[] a = free != null ? free : new float[size];
        lent.add(a);
        return a;
    }

    /** The same, zero wherever the caller may look. */
    public float[] zeros(int n) {
        float[] a = floats(n);
        Arrays.fill(a, 0, n + Width.LANES, 0f);
        return a;
    }

    @Override
    public void close() {
        lent.forEach(a -> stock.get(a.length).push(a));
        lent.clear();
    }

    /** Next of four steps a power of two. */
    private static int size(int n) {
        int step = Math.max(16, Integer.highestOneBit(n) / 4);
        return (n + step - 1) / step * step;
    }
}
