package org.layerzoo.runner.job.bench;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.exec.Exec;
import org.layerzoo.core.exec.Reference;
import org.layerzoo.core.layer.Draws;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.attend.Attention;
import org.layerzoo.core.op.attend.Section;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;

/** The reference at full length: sampled rows are exact, the others can't pass for results. */
class SampledReferenceTest {
    private static final int T = 150;

    private static Tensor normal(String name, int... dims) {
        return Draws.seeded(3).at("test").normal(name, DType.F64, dims);
    }

    private static Attention attention() {
        return Attention.of(normal("q", 1, 2, T, 4)).keys(normal("k", 1, 1, T + 9, 4), normal("v", 1, 1, T + 9, 3));
    }

    static List<UnaryOperator<Attention>> rules() {
        Tensor mask = normal("mask", 1, 1, T, T + 9).ge(-0.5);
        Tensor positions = Ops.iota(DType.I64, T + 9);
        return List.of(
                a -> a,
                Attention::causal,
                a -> a.window(20, 3).topLeft(),
                a -> a.causal().alibi(normal("slopes", 2), Section.AlibiForm.DISTANCE),
                a -> a.mask(mask).bias(normal("bias", 1, 2, T, T + 9)),
                a -> a.keyMask(normal("keys", 1, T + 9).ge(-1)).offsets(normal("table", 2, 9), 4),
                a -> a.causal().multiply(normal("factor", 2, T, T + 9)),
                a -> a.positions(Ops.flip(positions.slice(0, 0, T), 0), positions)
                        .causal(),
                a -> a.causal()
                        .keys(normal("k2", 1, 1, 5, 4), normal("v2", 1, 1, 5, 3))
                        .toeplitz(normal("t", 2, 7), 3));
    }

    @ParameterizedTest
    @MethodSource("rules")
    void sampledRowsOfAnAttentionAreThoseOfTheReferenceAndTheOthersAreNaN(UnaryOperator<Attention> rule) {
        Attention a = rule.apply(attention());
        double[] whole = Reference.INSTANCE.apply(a.op(), a.inputs()).getFirst().toDoubles();
        double[] some = new SampledReference(Reference.INSTANCE, true)
                .apply(a.op(), a.inputs())
                .getFirst()
                .toDoubles();
        boolean[] sampled = new boolean[T];
        Arrays.stream(SampledReference.rows(T)).forEach(r -> sampled[(int) r] = true);
        for (int i = 0; i < whole.length; i++) {
            if (sampled[i / 3 % T]) {
                assertEquals(whole[i], some[i], 1e-12 * Math.abs(whole[i]) + 1e-14);
            } else {
                assertTrue(Double.isNaN(some[i]), "row " + i / 3 % T + " was not sampled");
            }
        }
    }

    @Test
    void whatDependsOnRowsThatWereNotSampledIsNaN() {
        Tensor q = normal("q", 1, 1, T, 4);
        Tensor twice = Exec.with(new SampledReference(Reference.INSTANCE, true), () -> {
            Tensor once = Attention.of(q).keys(q, q).o();
            return Attention.of(once).keys(once, once).o();
        });
        assertTrue(Arrays.stream(twice.toDoubles()).allMatch(Double::isNaN));
    }

    @Test
    void withoutSamplingAllRowsAreComputed() {
        Attention a = attention().causal();
        Tensor all = new SampledReference(Reference.INSTANCE, false)
                .apply(a.op(), a.inputs())
                .getFirst();
        assertArrayEquals(
                Reference.INSTANCE.apply(a.op(), a.inputs()).getFirst().toDoubles(), all.toDoubles(), 1e-12);
    }

    @Test
    void rowsAreSpreadFromTheFirstToTheLast() {
        assertArrayEquals(new long[] {0, 1, 2}, SampledReference.rows(3));
        long[] rows = SampledReference.rows(8192);
        assertEquals(64, rows.length);
        assertEquals(0, rows[0]);
        assertEquals(8191, rows[63]);
        for (int i = 1; i < 64; i++) {
            assertFalse(rows[i] - rows[i - 1] > 8192 / 63 + 1 || rows[i] <= rows[i - 1]);
        }
    }

    @Test
    void workBeyondSecondsIsRefused() {
        Tensor a = Tensor.abstractOf(TensorSpec.of(DType.F64, 8192, 8192));
        ZooException e = assertThrows(
                ZooException.class,
                () -> Exec.with(new SampledReference((op, in) -> List.of(a), true), () -> Ops.matmul(a, a)));
        assertEquals(ErrorCode.UNSUPPORTED, e.code());
    }
}
