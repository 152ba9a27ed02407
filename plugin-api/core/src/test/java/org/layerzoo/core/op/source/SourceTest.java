package org.layerzoo.core.op.source;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.exec.Reference;
import org.layerzoo.core.op.Op;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.op.Primitive.Distribution;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;

class SourceTest {
    private static final long SEED = 0x0123456789ABCDEFL;
    private static final long STREAM = 0x100000002L;

    private static Tensor run(Op op) {
        return Reference.INSTANCE.apply(op, List.of()).getFirst();
    }

    private static Tensor draw(Distribution d, long seed, long stream, DType t, int... dims) {
        return run(new Primitive.Draw(d, seed, stream, TensorSpec.of(t, dims)));
    }

    /** kat_vectors of Random123, philox4x32 with 10 rounds. */
    @Test
    void philoxGivesTheKnownAnswersOfRandom123() {
        int[] out = new int[4];
        Philox.block(0, 0, 0, 0, 0, 0, out);
        assertArrayEquals(new int[] {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}, out);
        Philox.block(-1, -1, -1, -1, -1, -1, out);
        assertArrayEquals(new int[] {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}, out);
        Philox.block(0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0, out);
        assertArrayEquals(new int[] {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}, out);
    }

    /** Expected values come from an independent Philox in Python and its exact integer arithmetic. */
    @Test
    void uniformsAreTheDocumentedBitsOfTheStream() {
        assertArrayEquals(
                new double[] {
                    0.12873584032058716,
                    0.9116590619087219,
                    0.48332107067108154,
                    0.8729624152183533,
                    0.34303027391433716
                },
                draw(Distribution.UNIFORM, SEED, STREAM, DType.F32, 5).toDoubles());
        assertArrayEquals(
                new double[] {0.9116590670609697, 0.8729624542136026, 0.1965484338214225},
                draw(Distribution.UNIFORM, SEED, STREAM, DType.F64, 3).toDoubles());
        // 0.1287.. = 0x20F4D4.. 2^-24: its first 8 bits are 32, its first 11 bits 263.
        assertEquals(
                32 / 256.0,
                draw(Distribution.UNIFORM, SEED, STREAM, DType.BF16, 1).item());
        assertEquals(
                263 / 2048.0,
                draw(Distribution.UNIFORM, SEED, STREAM, DType.F16, 1).item());
    }

    /** Expected values were computed by mpmath with 30 digits from the formula in SourceReference's comment. */
    @Test
    void normalsAreBoxAndMullersTransformOfTheStream() {
        assertArrayEquals(
                new double[] {
                    1.72084730796298433,
                    -1.06708437521839601,
                    0.841700215086979326,
                    -0.863532691009455102,
                    0.482102530594922386
                },
                draw(Distribution.NORMAL, SEED, STREAM, DType.F32, 5).toDoubles(),
                1e-7);
        assertArrayEquals(
                new double[] {0.300202103520286188, -0.307988757254725188, -1.42570505748190676, 1.10501487775336497},
                draw(Distribution.NORMAL, SEED, STREAM, DType.F64, 4).toDoubles(),
                1e-15);
    }

    @Test
    void anElementDependsOnItsPlaceAndNotOnTheSizeDrawn() {
        for (DType t : new DType[] {DType.F32, DType.F64, DType.BF16, DType.F16}) {
            for (Distribution d : Distribution.values()) {
                double[] all = draw(d, 3, 4, t, 64).toDoubles();
                double[] some = draw(d, 3, 4, t, 7).toDoubles();
                assertArrayEquals(Arrays.copyOf(all, 7), some);
                assertArrayEquals(all, draw(d, 3, 4, t, 8, 8).toDoubles());
                assertNotEquals(all[0], draw(d, 3, 5, t, 64).toDoubles()[0], "another stream");
                assertNotEquals(all[0], draw(d, 3 + (1L << 32), 4, t, 64).toDoubles()[0], "another seed");
            }
        }
    }

    @Test
    void drawsHaveTheMomentsOfTheirDistribution() {
        double[] u = draw(Distribution.UNIFORM, 1, 0, DType.F32, 100_000).toDoubles();
        assertTrue(Arrays.stream(u).allMatch(x -> x >= 0 && x < 1));
        // Standard errors at this size: mean 0.0009, mean square 0.0009 and 0.0045.
        assertEquals(0.5, Arrays.stream(u).average().orElseThrow(), 0.004);
        assertEquals(1 / 3.0, Arrays.stream(u).map(x -> x * x).average().orElseThrow(), 0.004);
        double[] n = draw(Distribution.NORMAL, 1, 0, DType.F32, 100_000).toDoubles();
        assertEquals(0, Arrays.stream(n).average().orElseThrow(), 0.014);
        assertEquals(1, Arrays.stream(n).map(x -> x * x).average().orElseThrow(), 0.02);
        assertEquals(3, Arrays.stream(n).map(x -> x * x * x * x).average().orElseThrow(), 0.15);
    }

    @Test
    void fillAndIotaGiveWhatTheySay() {
        assertArrayEquals(
                new double[] {2.5, 2.5},
                run(new Primitive.Fill(2.5, TensorSpec.of(DType.F32, 2))).toDoubles());
        assertArrayEquals(
                new boolean[] {true},
                run(new Primitive.Fill(1, TensorSpec.of(DType.BOOL, 1))).toBooleans());
        assertArrayEquals(
                new long[] {5, 3, 1, -1},
                run(new Primitive.Iota(DType.I64, 4, 5, -2)).toLongs());
        // Each element is start + i step rounded once: no error builds up over the sum.
        assertArrayEquals(
                new double[] {1, 1.25, 1.5},
                run(new Primitive.Iota(DType.BF16, 3, 1, 0.25)).toDoubles());
        assertEquals(
                1.0 + 999 * 0.1,
                run(new Primitive.Iota(DType.F64, 1000, 1, 0.1)).get(999));
        assertEquals(0, run(new Primitive.Iota(DType.F32, 0, 0, 1)).size());
    }

    @Test
    void errorsSayWhatWasExpectedAndGiven() {
        assertMessage(
                "fill: a whole finite value expected for I64, given 0.5",
                new Primitive.Fill(0.5, TensorSpec.of(DType.I64, 2)));
        assertMessage(
                "fill: a whole finite value expected for I32, given NaN",
                new Primitive.Fill(Double.NaN, TensorSpec.of(DType.I32, 2)));
        assertMessage("iota: n >= 0 expected, given -1", new Primitive.Iota(DType.F32, -1, 0, 1));
        assertMessage(
                "iota: a whole finite step expected for I32, given 0.5", new Primitive.Iota(DType.I32, 3, 0, 0.5));
        assertMessage(
                "iota: a floating or integer dtype expected, given BOOL", new Primitive.Iota(DType.BOOL, 3, 0, 1));
        assertMessage(
                "draw: the result of a floating dtype expected, given I64(2)",
                new Primitive.Draw(Distribution.UNIFORM, 0, 0, TensorSpec.of(DType.I64, 2)));
    }

    private static void assertMessage(String message, Op op) {
        assertEquals(message, assertThrows(ZooException.class, () -> run(op)).getMessage());
    }

    @Test
    void everyCaseRunsAndItsResultHasTheInferredType() {
        for (var c : SourceCases.all()) {
            Tensor out = run(c.op());
            assertEquals(c.op().infer(List.of()).getFirst(), out.spec(), c.name());
            assertTrue(Arrays.stream(out.toDoubles()).allMatch(Double::isFinite), c.name());
        }
    }
}
