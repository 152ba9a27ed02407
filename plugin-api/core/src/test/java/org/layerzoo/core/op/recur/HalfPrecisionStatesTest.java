package org.layerzoo.core.op.recur;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.layerzoo.core.exec.Exec;
import org.layerzoo.core.exec.Reference;
import org.layerzoo.core.layer.Draws;
import org.layerzoo.core.op.Errors;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.scan.Selective;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;

/** Layers whose parameters are BF16 or F16 give gates, constants and states in that type; the builders widen them. */
class HalfPrecisionStatesTest {
    private static Tensor normal(DType t, String name, int... dims) {
        return Draws.seeded(5).at("half").normal(name, DType.F32, dims).mul(0.3).cast(t);
    }

    @ParameterizedTest
    @EnumSource(
            value = DType.class,
            names = {"BF16", "F16"})
    void recurrencesTakeHalfPrecisionGatesAndStates(DType half) {
        Tensor q = normal(half, "q", 1, 2, 5, 4);
        Tensor beta = Ops.sigmoid(normal(half, "beta", 1, 2, 5));
        Tensor s0 = normal(half, "s0", 1, 2, 4, 4);
        Recurrence.Recurred given = Exec.with(
                Reference.INSTANCE,
                () -> Recurrence.of(q, q, q).delta(beta).from(s0).run());
        Tensor w = q.cast(DType.F32);
        Recurrence.Recurred wide = Exec.with(Reference.INSTANCE, () -> Recurrence.of(w, w, w)
                .delta(beta.cast(DType.F32))
                .from(s0.cast(DType.F32))
                .run());
        assertEquals(half, given.o().dtype());
        assertEquals(DType.F32, given.state().dtype());
        assertEquals(0, Errors.relative(given.state(), wide.state()));
    }

    @Test
    void theSelectiveScanTakesHalfPrecisionConstantsAndStates() {
        Tensor u = normal(DType.BF16, "u", 1, 5, 4);
        Tensor a = normal(DType.BF16, "a", 4, 3);
        Tensor b = normal(DType.BF16, "b", 1, 5, 3);
        Tensor d = normal(DType.BF16, "d", 4);
        Tensor h0 = normal(DType.BF16, "h0", 1, 4, 3);
        Selective.Scanned given = Exec.with(Reference.INSTANCE, () -> Selective.of(u, u, a, b, b)
                .deltaBias(d)
                .softplus()
                .skip(d)
                .from(h0)
                .run());
        Selective.Scanned wide =
                Exec.with(Reference.INSTANCE, () -> Selective.of(f32(u), f32(u), f32(a), f32(b), f32(b))
                        .deltaBias(f32(d))
                        .softplus()
                        .skip(f32(d))
                        .from(f32(h0))
                        .run());
        assertEquals(DType.BF16, given.y().dtype());
        assertEquals(0, Errors.relative(given.state(), wide.state()));
    }

    private static Tensor f32(Tensor t) {
        return t.cast(DType.F32);
    }
}
