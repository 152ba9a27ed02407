package org.layerzoo.cpuvector;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;

/**
 * Arrays for one task, from a stock that each thread keeps: a kernel that runs again allocates nothing. All go back when the loan is
 * closed, in the thread that opened it; nobody may hold them beyond that.
 */
public final class Loan implements AutoCloseable {
    private static final ThreadLocal<Stock> STOCK = ThreadLocal.withInitial(Stock::new);

    private final Stock stock;
    private final List<Object> lent = new ArrayList<>();
    private final List<ArrayDeque<Object>> shelves = new ArrayList<>();

    private Loan(Stock stock) {
        this.stock = stock;
    }

    public static Loan open() {
        Stock stock = STOCK.get();
        Loan free = stock.closed.poll();
        return free != null ? free : new Loan(stock);
    }

    /** At least n floats plus one vector, so that a loop may run over its end; they hold whatever was there before. */
    public float[] floats(int n) {
        return (float[]) take(stock.floats, n, float[]::new);
    }

    /** The same, zero wherever the caller may look. */
    public float[] zeros(int n) {
        float[] a = floats(n);
        Arrays.fill(a, 0, n + Width.LANES, 0f);
        return a;
    }

    /** At least n doubles plus one vector, with whatever was there before. */
    public double[] doubles(int n) {
        return (double[]) take(stock.doubles, n, double[]::new);
    }

    /** At least n integers plus one vector, with whatever was there before. */
    public int[] ints(int n) {
        return (int[]) take(stock.ints, n, int[]::new);
    }

    /** At least n long integers, with whatever was there before. */
    public long[] longs(int n) {
        return (long[]) take(stock.longs, n, long[]::new);
    }

    /** At least n short integers, with whatever was there before. */
    public short[] shorts(int n) {
        return (short[]) take(stock.shorts, n, short[]::new);
    }

    /** At least n bytes, with whatever was there before. */
    public byte[] bytes(int n) {
        return (byte[]) take(stock.bytes, n, byte[]::new);
    }

    private Object take(Shelves of, int n, IntFunction<Object> fresh) {
        int room = n + Width.LANES;
        ArrayDeque<Object> shelf = of.of(room);
        Object free = shelf.poll();
        Object a = free != null ? free : fresh.apply(Shelves.size(room));
        lent.add(a);
        shelves.add(shelf);
        return a;
    }

    @Override
    public void close() {
        for (int i = 0; i < lent.size(); i++) {
            shelves.get(i).push(lent.get(i));
        }
        lent.clear();
        shelves.clear();
        stock.closed.push(this);
    }

    /** What a thread keeps: free arrays of each kind, and loans that were closed. */
    private static final class Stock {
        private final Shelves floats = new Shelves();
        private final Shelves doubles = new Shelves();
        private final Shelves ints = new Shelves();
        private final Shelves longs = new Shelves();
        private final Shelves shorts = new Shelves();
        private final Shelves bytes = new Shelves();
        private final ArrayDeque<Loan> closed = new ArrayDeque<>();
    }

    /** Free arrays of one kind by length, which is rounded up to the next of four steps a power of two. */
    private static final class Shelves {
        private static final int SMALLEST = 64;
        private final List<ArrayDeque<Object>> shelves = new ArrayList<>();

        ArrayDeque<Object> of(int n) {
            int step = step(n);
            int index = (Integer.numberOfTrailingZeros(step) << 3) + (n + step - 1) / step;
            while (shelves.size() <= index) {
                shelves.add(new ArrayDeque<>(2));
            }
            return shelves.get(index);
        }

        static int size(int n) {
            int step = step(n);
            return (n + step - 1) / step * step;
        }

        private static int step(int n) {
            return Integer.highestOneBit(Math.max(n, SMALLEST)) / 4;
        }
    }
}
