package org.layerzoo.cpuvector;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.layerzoo.cpuvector.op.linear.Tile;

/**
 * Times the matrix tile against a plain loop in the running process, which takes under a second where all is well and up to
 * {@link #PATIENCE} where not, so only who asks pays. The JIT compiler sometimes leaves vector code uncompiled for a
 * whole process (a cliff of 10 to 150 times, decided at start); this notices it and names the remedy.
 */
public final class SelfTest {
    /** Below this the vector code is not worth its name: a healthy machine shows 4 and more. */
    private static final double HEALTHY = 1.5;

    private static final int ROWS = Tile.ROWS;
    private static final int DEPTH = 64;
    private static final int BATCH = 8;
    /** Both loops count as compiled as well as they ever will be when neither got faster for so long. */
    private static final long STEADY = 200_000_000L;

    /** On a busy machine the compiler may get to the loops late; a cliff is one only when it stays so long. */
    private static final long PATIENCE = 15_000_000_000L;

    private SelfTest() {}

    /** @param speedRatio how much faster the vector kernel ran than the plain loop */
    public record Result(
            String species,
            int bits,
            int threads,
            double speedRatio,
            double gflops,
            String verdict,
            Optional<String> remedy) {
        String summary() {
            return String.format(
                    Locale.ROOT,
                    "Vector API %d bit, %d threads, %.1f times a plain loop: %s",
                    bits,
                    threads,
                    speedRatio,
                    verdict);
        }

        List<String> details() {
            return List.of(
                    "species " + species, String.format(Locale.ROOT, "matrix tile %.1f GFLOP/s on one thread", gflops));
        }
    }

    private static final class Holder {
        static final Result RESULT = measure();
    }

    /** Measured once a process, on first use. */
    public static Result result() {
        return Holder.RESULT;
    }

    private static Result measure() {
        float[] a = new float[ROWS * DEPTH];
        float[] b = new float[DEPTH * Tile.COLUMNS];
        float[] c = new float[ROWS * Tile.COLUMNS];
        java.util.Arrays.fill(a, 0.5f);
        java.util.Arrays.fill(b, 0.25f);
        Loop vector =
                new Loop(() -> Tile.multiply(a, 0, DEPTH, ROWS, DEPTH, b, 0, DEPTH, Tile.COLUMNS, c, 0, Tile.COLUMNS));
        Loop plain = new Loop(() -> plain(a, b, c));
        double ratio = compare(vector, plain, PATIENCE);
        boolean healthy = ratio >= HEALTHY;
        return new Result(
                Width.FLOATS.toString(),
                Width.FLOATS.vectorBitSize(),
                Workers.threads(),
                ratio,
                2.0 * ROWS * DEPTH * Tile.COLUMNS / vector.best,
                healthy ? "healthy" : "vector code was not compiled",
                healthy
                        ? Optional.empty()
                        : Optional.of(
                                "start Java with -XX:Tier3DelayOn=100000 (the launcher does) or -XX:-TieredCompilation"));
    }

    /**
     * How many times faster the first loop's best run is, once both are steady and it is healthily faster, or time is up.
     * They take turns, so that neither is judged before the compiler came to the other.
     */
    static double compare(Loop vector, Loop plain, long patience) {
        long start = System.nanoTime();
        while (true) {
            vector.batch();
            plain.batch();
            long now = System.nanoTime();
            double ratio = plain.best / vector.best;
            boolean steady = now - Math.max(vector.fasterAt, plain.fasterAt) > STEADY;
            if (steady && ratio >= HEALTHY || now - start > patience) {
                return ratio;
            }
        }
    }

    /** A loop and the shortest time of a run, in ns. */
    static final class Loop {
        private final Runnable body;
        private double best = Double.MAX_VALUE;
        private long fasterAt;

        Loop(Runnable body) {
            this.body = body;
        }

        private void batch() {
            long t = System.nanoTime();
            for (int i = 0; i < BATCH; i++) {
                body.run();
            }
            long now = System.nanoTime();
            double took = (now - t) / (double) BATCH;
            if (took < 0.95 * best) {
                fasterAt = now;
            }
            best = Math.min(best, took);
        }
    }

    private static void plain(float[] a, float[] b, float[] c) {
        for (int i = 0; i < ROWS; i++) {
            for (int j = 0; j < Tile.COLUMNS; j++) {
                float sum = 0;
                for (int k = 0; k < DEPTH; k++) {
                    sum += a[i * DEPTH + k] * b[k * Tile.COLUMNS + j];
                }
                c[i * Tile.COLUMNS + j] = sum;
            }
        }
    }
}
