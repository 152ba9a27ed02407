package org.layerzoo.cpuvector;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.layerzoo.cpuvector.op.linear.Tile;

/**
 * Times the matrix tile against a plain loop at start-up. The JIT compiler sometimes leaves vector code uncompiled for a
 * whole process (a cliff of 10 to 150 times, decided at start); this notices it and names the remedy.
 */
public final class SelfTest {
    /** Below this the vector code is not worth its name: a healthy machine shows 4 and more. */
    private static final double HEALTHY = 1.5;

    private static final int N = 96;

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
        float[] a = new float[N * N];
        float[] b = new float[N * Tile.columns(N)];
        float[] c = new float[N * Tile.columns(N)];
        java.util.Arrays.fill(a, 0.5f);
        java.util.Arrays.fill(b, 0.25f);
        double vector = best(() -> Tile.multiply(a, 0, N, N, N, b, 0, N, N, c, 0, Tile.columns(N)), 300_000_000L);
        double plain = best(() -> plain(a, b, c), 60_000_000L);
        double ratio = plain / vector;
        boolean healthy = ratio >= HEALTHY;
        return new Result(
                Width.FLOATS.toString(),
                Width.FLOATS.vectorBitSize(),
                Workers.threads(),
                ratio,
                2.0 * N * N * N / vector,
                healthy ? "healthy" : "vector code was not compiled",
                healthy
                        ? Optional.empty()
                        : Optional.of(
                                "start Java with -XX:Tier3DelayOn=100000 (the launcher does) or -XX:-TieredCompilation"));
    }

    /** Shortest of many runs, in ns; stops early once the time has not improved for a while. */
    private static double best(Runnable body, long budget) {
        long end = System.nanoTime() + budget;
        long best = Long.MAX_VALUE;
        int since = 0;
        for (int runs = 0; System.nanoTime() < end && (runs < 2000 || since < 500); runs++) {
            long t = System.nanoTime();
            body.run();
            long took = System.nanoTime() - t;
            since = took < best ? 0 : since + 1;
            best = Math.min(best, took);
        }
        return best;
    }

    private static void plain(float[] a, float[] b, float[] c) {
        for (int i = 0; i < N; i++) {
            for (int j = 0; j < N; j++) {
                float sum = 0;
                for (int k = 0; k < N; k++) {
                    sum += a[i * N + k] * b[j * N + k];
                }
                c[i * N + j] = sum;
            }
        }
    }
}
