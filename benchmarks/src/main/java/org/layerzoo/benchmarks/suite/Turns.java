package org.layerzoo.benchmarks.suite;

import java.util.Arrays;

/**
 * Measures two programs in turns, so that both meet the same machine: a turn is as many runs as last 30 ms, the first of which is
 * dropped, because it finds the other's data in the caches and the other's threads still awake.
 */
final class Turns {
    private static final long TURN_NANOS = 30_000_000L;
    private static final int MOST = 4000;
    private static final int FEWEST_TURNS = 5;
    /** The warm-up ends after so many turns without one that was faster by 3%, or after this many times the measuring. */
    private static final int STEADY = 6;

    private static final double FASTER = 0.97;
    private static final double LONGEST = 8;

    private final Runnable body;
    private final Clock clock;
    private double[] times = new double[256];
    private int count;

    private Turns(Runnable body, Clock clock) {
        this.body = body;
        this.clock = clock;
    }

    /** @param seconds of measuring for both together, after at least as long a warm-up; a slow program runs at least thrice */
    static Times[] both(Runnable ours, Runnable peers, double seconds, Clock clock) {
        Turns a = new Turns(ours, clock);
        Turns b = new Turns(peers, clock);
        boolean slow = warm(a, b, seconds);
        a.count = 0;
        b.count = 0;
        long start = System.nanoTime();
        int turns = 0;
        do {
            a.turn();
            b.turn();
        } while (++turns < (slow ? 2 : FEWEST_TURNS) || System.nanoTime() - start < seconds * 1e9);
        return new Times[] {Times.of(a.times, a.count), Times.of(b.times, b.count)};
    }

    /**
     * Until the compiler has nothing left to do for ours: no turn of the last few was faster than all before. On a machine that others use
     * that takes many times as long as on a quiet one.
     *
     * @return whether a turn takes so long that few are enough
     */
    private static boolean warm(Turns a, Turns b, double seconds) {
        long start = System.nanoTime();
        double best = Double.POSITIVE_INFINITY;
        int turns = 0;
        for (int steady = 0; steady < STEADY; turns++) {
            int before = a.count;
            a.turn();
            b.turn();
            double fastest = Arrays.stream(a.times, before, a.count).min().orElse(0);
            double elapsed = (System.nanoTime() - start) / 1e9;
            steady = elapsed < seconds || fastest < FASTER * best ? 0 : steady + 1;
            best = Math.min(best, fastest);
            if (elapsed > LONGEST * seconds) {
                break;
            }
        }
        return turns <= STEADY && System.nanoTime() - start > LONGEST * seconds * 1e9;
    }

    private void turn() {
        long start = System.nanoTime();
        double first = once();
        int before = count;
        while (System.nanoTime() - start < TURN_NANOS && count - before < MOST) {
            keep(once());
        }
        if (count == before) {
            keep(first);
        }
    }

    private void keep(double ms) {
        if (count == times.length) {
            times = Arrays.copyOf(times, 2 * count);
        }
        times[count++] = ms;
    }

    private double once() {
        long t = clock.nanos();
        body.run();
        return (clock.nanos() - t) / 1e6;
    }
}
