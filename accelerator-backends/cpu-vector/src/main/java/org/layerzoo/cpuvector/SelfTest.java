package org.layerzoo.cpuvector;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.layerzoo.cpuvector.op.linear.Tile;

/**
 * Times the matrix tile against a plain loop in the running process, which takes up to some seconds, so only who asks pays. The JIT compiler sometimes leaves vector code uncompiled for a
 * whole process (a cliff of 10 to 150 times, decided at start); this notices it and names the remedy.
 */
public final class SelfTest {
    /** Below this the vector code is not worth its name: a healthy machine shows 4 and more. */
    private static final double HEALTHY = 1.5;

    private static final int ROWS = Tile.ROWS;
    private static final int DEPTH = 64;
    private static final int BATCH = 8;
    /** Batches without a shorter time after which the loop counts as compiled as well as it ever will be. */
    private static final int STEADY = 4000;

    private static final long PATIENCE = 5_000_000_000L;

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
        double vector =
                best(() -> Tile.multiply(a, 0, DEPTH, ROWS, DEPTH, b, 0, DEPTH, Tile.COLUMNS, c, 0, Tile.COLUMNS));
        double plain = best(() -> plain(a, b, c));
        double ratio = plain / vector;
        boolean healthy = ratio >= HEALTHY;
        return new Result(
                Width.FLOATS.toString(),
                Width.FLOATS.vectorBitSize(),
                Workers.threads(),
                ratio,
                2.0 * ROWS * DEPTH * Tile.COLUMNS / vector,
                healthy ? "healthy" : "vector code was not compiled",
                healthy
                        ? Optional.empty()
                        : Optional.of(
                                "start Java with -XX:Tier3DelayOn=100000 (the launcher does) or -XX:-TieredCompilation"));
    }

    /** Shortest time of a run, in ns. A fresh process first has to compile the loop, so it waits until times stop falling. */
    private static double best(Runnable body) {
        long start = System.nanoTime();
        double best = Double.MAX_VALUE;
        int since = 0;
        while (System.nanoTime() - start < PATIENCE && since < STEADY) {
            long t = System.nanoTime();
            for (int i = 0; i < BATCH; i++) {
                body.run();
            }
            double took = (System.nanoTime() - t) / (double) BATCH;
            since = took < 0.95 * best ? 0 : since + 1;
            best = Math.min(best, took);
        }
        return best;
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
