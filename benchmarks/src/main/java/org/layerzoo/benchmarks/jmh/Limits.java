package org.layerzoo.benchmarks.jmh;

import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.FloatVector.fromArray;

import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What one core of this machine gives at 512 bits, in GFLOP/s ("ops/ns"), so that a product's rate can be read against it: multiply-adds alone, then with the
 * loads of a register tile of 12 rows by two vectors, all in the first-level cache: {@code ./zoo peers jmh Limits}.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = 1, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 10, time = 1)
public class Limits {
    private static final VectorSpecies<Float> S = FloatVector.SPECIES_512;
    private static final int STEPS = 256;
    private static final int FLOPS = 2 * 12 * 32 * STEPS;

    private final float[] a = numbers(12 * STEPS + 16);
    private final float[] b = numbers(32 * STEPS + 32);

    private static float[] numbers(int n) {
        SplittableRandom random = new SplittableRandom(n);
        float[] x = new float[n];
        for (int i = 0; i < n; i++) {
            x[i] = (float) random.nextDouble(-1, 1);
        }
        return x;
    }

    /** 24 multiply-adds a step and no load. */
    @Benchmark
    @OperationsPerInvocation(FLOPS)
    public float multiplyAdds() {
        FloatVector z = FloatVector.zero(S);
        FloatVector s0 = z, t0 = z;
        FloatVector s1 = z, t1 = z;
        FloatVector s2 = z, t2 = z;
        FloatVector s3 = z, t3 = z;
        FloatVector s4 = z, t4 = z;
        FloatVector s5 = z, t5 = z;
        FloatVector s6 = z, t6 = z;
        FloatVector s7 = z, t7 = z;
        FloatVector s8 = z, t8 = z;
        FloatVector s9 = z, t9 = z;
        FloatVector s10 = z, t10 = z;
        FloatVector s11 = z, t11 = z;
        FloatVector x = fromArray(S, b, 0), y = fromArray(S, b, 16), v = broadcast(S, a[0]);
        for (int k = 0; k < STEPS; k++) {
            s0 = v.fma(x, s0);
            t0 = v.fma(y, t0);
            s1 = v.fma(x, s1);
            t1 = v.fma(y, t1);
            s2 = v.fma(x, s2);
            t2 = v.fma(y, t2);
            s3 = v.fma(x, s3);
            t3 = v.fma(y, t3);
            s4 = v.fma(x, s4);
            t4 = v.fma(y, t4);
            s5 = v.fma(x, s5);
            t5 = v.fma(y, t5);
            s6 = v.fma(x, s6);
            t6 = v.fma(y, t6);
            s7 = v.fma(x, s7);
            t7 = v.fma(y, t7);
            s8 = v.fma(x, s8);
            t8 = v.fma(y, t8);
            s9 = v.fma(x, s9);
            t9 = v.fma(y, t9);
            s10 = v.fma(x, s10);
            t10 = v.fma(y, t10);
            s11 = v.fma(x, s11);
            t11 = v.fma(y, t11);
        }
        FloatVector sum = s0.add(t0)
                .add(s1)
                .add(t1)
                .add(s2)
                .add(t2)
                .add(s3)
                .add(t3)
                .add(s4)
                .add(t4)
                .add(s5)
                .add(t5)
                .add(s6)
                .add(t6)
                .add(s7)
                .add(t7)
                .add(s8)
                .add(t8)
                .add(s9)
                .add(t9)
                .add(s10)
                .add(t10)
                .add(s11)
                .add(t11);
        return sum.reduceLanes(VectorOperators.ADD);
    }

    /** The same with the tile's 12 numbers of A a step. */
    @Benchmark
    @OperationsPerInvocation(FLOPS)
    public float broadcasts() {
        FloatVector z = FloatVector.zero(S);
        FloatVector s0 = z, t0 = z;
        FloatVector s1 = z, t1 = z;
        FloatVector s2 = z, t2 = z;
        FloatVector s3 = z, t3 = z;
        FloatVector s4 = z, t4 = z;
        FloatVector s5 = z, t5 = z;
        FloatVector s6 = z, t6 = z;
        FloatVector s7 = z, t7 = z;
        FloatVector s8 = z, t8 = z;
        FloatVector s9 = z, t9 = z;
        FloatVector s10 = z, t10 = z;
        FloatVector s11 = z, t11 = z;
        FloatVector x = fromArray(S, b, 0), y = fromArray(S, b, 16), v;
        for (int k = 0; k < STEPS; k++) {
            int p = k * 12;
            v = broadcast(S, a[p + 0]);
            s0 = v.fma(x, s0);
            t0 = v.fma(y, t0);
            v = broadcast(S, a[p + 1]);
            s1 = v.fma(x, s1);
            t1 = v.fma(y, t1);
            v = broadcast(S, a[p + 2]);
            s2 = v.fma(x, s2);
            t2 = v.fma(y, t2);
            v = broadcast(S, a[p + 3]);
            s3 = v.fma(x, s3);
            t3 = v.fma(y, t3);
            v = broadcast(S, a[p + 4]);
            s4 = v.fma(x, s4);
            t4 = v.fma(y, t4);
            v = broadcast(S, a[p + 5]);
            s5 = v.fma(x, s5);
            t5 = v.fma(y, t5);
            v = broadcast(S, a[p + 6]);
            s6 = v.fma(x, s6);
            t6 = v.fma(y, t6);
            v = broadcast(S, a[p + 7]);
            s7 = v.fma(x, s7);
            t7 = v.fma(y, t7);
            v = broadcast(S, a[p + 8]);
            s8 = v.fma(x, s8);
            t8 = v.fma(y, t8);
            v = broadcast(S, a[p + 9]);
            s9 = v.fma(x, s9);
            t9 = v.fma(y, t9);
            v = broadcast(S, a[p + 10]);
            s10 = v.fma(x, s10);
            t10 = v.fma(y, t10);
            v = broadcast(S, a[p + 11]);
            s11 = v.fma(x, s11);
            t11 = v.fma(y, t11);
        }
        FloatVector sum = s0.add(t0)
                .add(s1)
                .add(t1)
                .add(s2)
                .add(t2)
                .add(s3)
                .add(t3)
                .add(s4)
                .add(t4)
                .add(s5)
                .add(t5)
                .add(s6)
                .add(t6)
                .add(s7)
                .add(t7)
                .add(s8)
                .add(t8)
                .add(s9)
                .add(t9)
                .add(s10)
                .add(t10)
                .add(s11)
                .add(t11);
        return sum.reduceLanes(VectorOperators.ADD);
    }

    /** The same with the two vectors of B as well: the whole tile. */
    @Benchmark
    @OperationsPerInvocation(FLOPS)
    public float tile() {
        FloatVector z = FloatVector.zero(S);
        FloatVector s0 = z, t0 = z;
        FloatVector s1 = z, t1 = z;
        FloatVector s2 = z, t2 = z;
        FloatVector s3 = z, t3 = z;
        FloatVector s4 = z, t4 = z;
        FloatVector s5 = z, t5 = z;
        FloatVector s6 = z, t6 = z;
        FloatVector s7 = z, t7 = z;
        FloatVector s8 = z, t8 = z;
        FloatVector s9 = z, t9 = z;
        FloatVector s10 = z, t10 = z;
        FloatVector s11 = z, t11 = z;
        FloatVector x, y, v;
        for (int k = 0; k < STEPS; k++) {
            int p = k * 12;
            x = fromArray(S, b, k * 32);
            y = fromArray(S, b, k * 32 + 16);
            v = broadcast(S, a[p + 0]);
            s0 = v.fma(x, s0);
            t0 = v.fma(y, t0);
            v = broadcast(S, a[p + 1]);
            s1 = v.fma(x, s1);
            t1 = v.fma(y, t1);
            v = broadcast(S, a[p + 2]);
            s2 = v.fma(x, s2);
            t2 = v.fma(y, t2);
            v = broadcast(S, a[p + 3]);
            s3 = v.fma(x, s3);
            t3 = v.fma(y, t3);
            v = broadcast(S, a[p + 4]);
            s4 = v.fma(x, s4);
            t4 = v.fma(y, t4);
            v = broadcast(S, a[p + 5]);
            s5 = v.fma(x, s5);
            t5 = v.fma(y, t5);
            v = broadcast(S, a[p + 6]);
            s6 = v.fma(x, s6);
            t6 = v.fma(y, t6);
            v = broadcast(S, a[p + 7]);
            s7 = v.fma(x, s7);
            t7 = v.fma(y, t7);
            v = broadcast(S, a[p + 8]);
            s8 = v.fma(x, s8);
            t8 = v.fma(y, t8);
            v = broadcast(S, a[p + 9]);
            s9 = v.fma(x, s9);
            t9 = v.fma(y, t9);
            v = broadcast(S, a[p + 10]);
            s10 = v.fma(x, s10);
            t10 = v.fma(y, t10);
            v = broadcast(S, a[p + 11]);
            s11 = v.fma(x, s11);
            t11 = v.fma(y, t11);
        }
        FloatVector sum = s0.add(t0)
                .add(s1)
                .add(t1)
                .add(s2)
                .add(t2)
                .add(s3)
                .add(t3)
                .add(s4)
                .add(t4)
                .add(s5)
                .add(t5)
                .add(s6)
                .add(t6)
                .add(s7)
                .add(t7)
                .add(s8)
                .add(t8)
                .add(s9)
                .add(t9)
                .add(s10)
                .add(t10)
                .add(s11)
                .add(t11);
        return sum.reduceLanes(VectorOperators.ADD);
    }
}
