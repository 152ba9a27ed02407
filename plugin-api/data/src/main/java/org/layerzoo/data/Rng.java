package org.layerzoo.data;

import java.util.Optional;

/**
 * Random numbers of host code: SplitMix64 (Steele, Lea and Flood, 2014) from a hash of what they are for, so that a
 * sample is a function of its coordinates and the same on every JDK. Tensors draw from
 * {@link org.layerzoo.core.layer.Draws} instead.
 */
public final class Rng {
    private static final long GOLDEN = 0x9E3779B97F4A7C15L;

    private long state;
    private Optional<Double> spare = Optional.empty();

    private Rng(long state) {
        this.state = state;
    }

    /** The stream of these coordinates, e.g. seed, split, index. */
    public static Rng of(long... coordinates) {
        long h = 0;
        for (long c : coordinates) {
            h = mix(h + GOLDEN + mix(c + GOLDEN));
        }
        return new Rng(h);
    }

    static long mix(long z) {
        long a = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        long b = (a ^ (a >>> 27)) * 0x94D049BB133111EBL;
        return b ^ (b >>> 31);
    }

    public long nextLong() {
        state += GOLDEN;
        return mix(state);
    }

    /** Uniform in [0, 1), a multiple of 2^-53. */
    public double nextDouble() {
        return (nextLong() >>> 11) * 0x1p-53;
    }

    /** Uniform in 0..bound-1, without bias. */
    public int nextInt(int bound) {
        if (bound <= 0) {
            throw new IllegalArgumentException("a bound above 0 expected, given " + bound);
        }
        long limit = (1L << 62) - (1L << 62) % bound;
        while (true) {
            long r = nextLong() >>> 2;
            if (r < limit) {
                return (int) (r % bound);
            }
        }
    }

    /** Uniform in lo..hi, both included. */
    public int between(int lo, int hi) {
        return lo + nextInt(hi - lo + 1);
    }

    public boolean chance(double p) {
        return nextDouble() < p;
    }

    /** Standard normal, polar method. */
    public double nextGaussian() {
        if (spare.isPresent()) {
            double s = spare.get();
            spare = Optional.empty();
            return s;
        }
        while (true) {
            double x = 2 * nextDouble() - 1;
            double y = 2 * nextDouble() - 1;
            double r = x * x + y * y;
            if (r > 0 && r < 1) {
                double f = StrictMath.sqrt(-2 * StrictMath.log(r) / r);
                spare = Optional.of(y * f);
                return x * f;
            }
        }
    }

    /** k different ones of 0..n-1 in random order. */
    public int[] choose(int k, int n) {
        if (k > n) {
            throw new IllegalArgumentException("cannot choose " + k + " of " + n);
        }
        int[] all = new int[n];
        for (int i = 0; i < n; i++) {
            all[i] = i;
        }
        for (int i = 0; i < k; i++) {
            int j = i + nextInt(n - i);
            int t = all[i];
            all[i] = all[j];
            all[j] = t;
        }
        return java.util.Arrays.copyOf(all, k);
    }
}
