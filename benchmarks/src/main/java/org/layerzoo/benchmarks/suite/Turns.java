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

    private final Runnable body;
    private final Clock clock;
    private double[] times = new double[256];
    private int count;

    private Turns(Runnable body, Clock clock) {
        this.body = body;
        this.clock = clock;
    }

    /** @param seconds of measuring for both together, after as long a warm-up; a slow program runs at least thrice */
    static Times[] both(Runnable ours, Runnable peers, double seconds, Clock clock) {
        Turns a = new Turns(ours, clock);
        Turns b = new Turns(peers, clock);
        long warm = System.nanoTime();
        int turns = 0;
        do {
            a.turn();
            b.turn();
        } while (System.nanoTime() - warm < seconds * 1e9 && turns++ < MOST);
        boolean slow = System.nanoTime() - warm > 3 * seconds * 1e9;
        a.count = 0;
        b.count = 0;
        long start = System.nanoTime();
        turns = 0;
        do {
            a.turn();
            b.turn();
        } while (++turns < (slow ? 2 : FEWEST_TURNS) || System.nanoTime() - start < seconds * 1e9);
        return new Times[] {Times.of(a.times, a.count), Times.of(b.times, b.count)};
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
