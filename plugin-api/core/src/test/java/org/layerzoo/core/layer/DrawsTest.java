package org.layerzoo.core.layer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.op.Errors;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;

class DrawsTest {
    private static final Draws D = Draws.seeded(7);

    @Test
    void aDrawDependsOnSeedPathAndNameOnly() {
        Tensor a = D.at("block").normal("x", DType.F32, 100);
        D.normal("other", DType.F32, 10);
        assertTrue(Errors.sameBits(a, Draws.seeded(7).at("block").normal("x", DType.F32, 100)));
        assertTrue(Errors.relative(a, D.at("block").normal("y", DType.F32, 100)) > 0.5);
        assertTrue(Errors.relative(a, D.normal("x", DType.F32, 100)) > 0.5);
        assertTrue(Errors.relative(a, Draws.seeded(8).at("block").normal("x", DType.F32, 100)) > 0.5);
    }

    @Test
    void momentsAreThoseOfTheDistributions() {
        double[] n = D.normal("n", DType.F64, 40_000).toDoubles();
        assertEquals(0, Arrays.stream(n).average().orElseThrow(), 0.02);
        assertEquals(1, Arrays.stream(n).map(v -> v * v).average().orElseThrow(), 0.03);
        double[] u = D.uniform("u", DType.F32, 40_000).toDoubles();
        assertEquals(0.5, Arrays.stream(u).average().orElseThrow(), 0.01);
        assertTrue(Arrays.stream(u).allMatch(v -> v >= 0 && v < 1));
        assertEquals(0.3, D.bernoulli("b", 0.3, DType.F32, 40_000).mean().item(), 0.01);
        assertEquals(0.5772, D.gumbel("g", DType.F64, 40_000).mean().item(), 0.03);
    }

    @Test
    void permutationsSubsetsAndIntegersAreWhatTheySay() {
        assertArrayEquals(
                LongStream.range(0, 50).toArray(),
                Arrays.stream(D.permutation("p", 50).toLongs()).sorted().toArray());
        assertEquals(
                10,
                Arrays.stream(D.subset("s", 10, 50).toLongs())
                        .distinct()
                        .filter(v -> v >= 0 && v < 50)
                        .count());
        long[] i = D.integers("i", -2, 3, 5000).toLongs();
        assertArrayEquals(
                new long[] {-2, -1, 0, 1, 2},
                Arrays.stream(i).distinct().sorted().toArray());
        assertThrows(ZooException.class, () -> D.subset("s", 51, 50));
    }

    @Test
    void aRecordedDrawTakesTheNamesPlace() {
        Draws d = D.replacing(Tensors.of("block.u", Tensor.of(new float[] {0.25f, 0.5f}, 2)));
        assertArrayEquals(
                new double[] {0.25, 0.5},
                d.at("block").uniform("u", DType.F64, 2).toDoubles());
        ZooException e = assertThrows(ZooException.class, () -> d.at("block").uniform("u", DType.F32, 3));
        assertTrue(e.getMessage().contains("block.u"), e.getMessage());
    }

    @Test
    void initialValuesHaveTheDeviationOfTheirScheme() {
        assertEquals(1 / Math.sqrt(3 * 64), deviation(Init.linear(), 256, 64), 2e-3);
        assertEquals(Math.sqrt(2.0 / (256 + 64)), deviation(Init.xavierNormal(1), 256, 64), 2e-3);
        assertEquals(Math.sqrt(2.0 / (256 + 64)), deviation(Init.xavierUniform(1), 256, 64), 2e-3);
        assertEquals(0.02 * 0.8796, deviation(Init.truncatedNormal(0.02), 256, 64), 3e-4);
        double[] t = Init.truncatedNormal(1)
                .values("t", Shape.of(5000), DType.F64, D)
                .toDoubles();
        assertTrue(Arrays.stream(t).allMatch(v -> Math.abs(v) <= 2.000001));
    }

    private static double deviation(Init init, int... dims) {
        double[] v = init.values("w", Shape.of(dims), DType.F64, D).toDoubles();
        return Math.sqrt(Arrays.stream(v).map(x -> x * x).average().orElseThrow());
    }

    @Test
    void parametersAreLoadedAllOrNoneAndEveryMistakeIsListed() {
        ParamTree p = new ParamTree(D, DType.F32);
        p.root().weight("a", Init.ones(), 2);
        p.root().at("b").weight("w", Init.zeros(), 3);
        Tensors bad = Tensors.of("a", Tensor.zeros(DType.F32, 5), "c", Tensor.zeros(DType.F32, 1));
        ZooException e = assertThrows(ZooException.class, () -> p.load(bad, true));
        for (String part : new String[] {"unknown 'c'", "'a' has shape (5), expected (2)", "missing 'b.w' (3)"}) {
            assertTrue(e.getMessage().contains(part), e.getMessage());
        }
        assertEquals(2, p.param("a").value().sum().item());
        assertThrows(ZooException.class, () -> p.root().weight("a", Init.ones(), 2));
        assertEquals(p.shared("s").weight("w", Init.ones(), 4), p.shared("s").weight("w", Init.ones(), 4));
    }
}
