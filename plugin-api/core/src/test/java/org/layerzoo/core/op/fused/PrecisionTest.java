package org.layerzoo.core.op.fused;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.exec.Exec;
import org.layerzoo.core.exec.ShapesOnly;
import org.layerzoo.core.op.Errors;
import org.layerzoo.core.op.Expect;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.FusedCases;
import org.layerzoo.core.op.FusedOp;
import org.layerzoo.core.op.GroupGradients;
import org.layerzoo.core.op.Op;
import org.layerzoo.core.op.OpCase;
import org.layerzoo.core.op.attend.Attention;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;

/** Fused ops on BF16 with states in F32, and without numbers. */
class PrecisionTest {
    static Stream<OpCase> small() {
        return GroupGradients.differentiable(FusedCases.all());
    }

    @ParameterizedTest
    @MethodSource("small")
    void bf16InputsGiveTheInferredTypesAndNearTheF64Result(OpCase c) {
        List<Tensor> in = narrow(c).orElseThrow(() -> new AssertionError(c.name() + " takes no BF16"));
        List<Tensor> out = Expect.onReference(() -> Exec.apply(c.op(), in));
        List<TensorSpec> specs = in.stream().map(Tensor::spec).toList();
        assertEquals(c.op().infer(specs), out.stream().map(Tensor::spec).toList());
        List<Tensor> wide = Expect.onReference(() -> in.stream()
                .map(t -> t.dtype().isFloating() ? t.cast(DType.F64) : t)
                .toList());
        List<Tensor> exact = Expect.onReference(() -> Exec.apply(c.op(), wide));
        for (int i = 0; i < out.size(); i++) {
            // Half a unit in the eighth bit, and a little for F32 inside.
            double error = Errors.relative(out.get(i), exact.get(i));
            assertTrue(error <= 0.004, c.name() + ": output " + i + " differs by " + error);
        }
    }

    /** The case's inputs with as many in BF16 as the op takes; the rest are states and stay in F32. */
    private static Optional<List<Tensor>> narrow(OpCase c) {
        List<Tensor> in = c.draw(7);
        int n = in.size();
        return IntStream.range(0, 1 << n)
                .boxed()
                .sorted(Comparator.comparing(Integer::bitCount))
                .filter(wide -> accepts(c.op(), specs(in, wide)))
                .findFirst()
                .filter(wide -> specs(in, wide).stream().anyMatch(s -> s.dtype() == DType.BF16))
                .map(wide -> cast(in, wide));
    }

    private static List<TensorSpec> specs(List<Tensor> in, int wide) {
        List<TensorSpec> out = new ArrayList<>();
        for (int i = 0; i < in.size(); i++) {
            DType t = in.get(i).dtype();
            out.add(new TensorSpec(
                    t.isFloating() && (wide >> i & 1) == 0 ? DType.BF16 : t,
                    in.get(i).shape()));
        }
        return out;
    }

    private static List<Tensor> cast(List<Tensor> in, int wide) {
        List<TensorSpec> specs = specs(in, wide);
        return Expect.onReference(() -> IntStream.range(0, in.size())
                .mapToObj(i -> in.get(i).cast(specs.get(i).dtype()))
                .toList());
    }

    private static boolean accepts(Op op, List<TensorSpec> in) {
        try {
            op.infer(in);
            return true;
        } catch (ZooException e) {
            return false;
        }
    }

    @Test
    void packedOpsKnowTheirShapesWithoutNumbers() {
        Tensor x = Expect.random(1, 1, 2, 9, 3);
        Tensor u = Expect.random(2, 1, 9, 4);
        Tensor bounds = Expect.ids(0, 4, 9);
        Attention attention = Fused.attend(x).keys(x, x).packed(bounds, bounds).causal();
        same(attention.op(), attention.inputs());
        var recur = Fused.recur(x, x, x).perHead(Expect.random(3, 2)).packed(bounds, 5);
        same(recur.op(), recur.inputs());
        var scan = Fused.selectiveScan(
                        u, u, Expect.random(4, 4, 2), Expect.random(5, 1, 9, 2), Expect.random(6, 1, 9, 2))
                .packed(bounds, 5);
        same(scan.op(), scan.inputs());
        var conv = Fused.shortConv(u, Expect.random(7, 4, 3)).packed(bounds, 5);
        same(conv.op(), conv.inputs());
    }

    private static void same(FusedOp op, List<Tensor> in) {
        List<TensorSpec> specs = in.stream().map(Tensor::spec).toList();
        assertEquals(op.infer(specs), ShapesOnly.infer(op, specs));
        List<Tensor> out = Expect.onReference(() -> Exec.apply(op, in));
        assertEquals(op.infer(specs), out.stream().map(Tensor::spec).toList());
    }
}
