package org.layerzoo.cpuvector;

import java.util.ArrayList;
import java.util.List;
import org.layerzoo.core.op.FusedCases;
import org.layerzoo.core.op.OpCase;
import org.layerzoo.core.op.elementwise.ElementwiseCases;
import org.layerzoo.core.op.indexing.IndexingCases;
import org.layerzoo.core.op.linear.LinearCases;
import org.layerzoo.core.op.reduction.ReductionCases;
import org.layerzoo.core.op.shaping.ShapingCases;
import org.layerzoo.core.op.source.SourceCases;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorScope;

/** The case tables of core that this backend answers; as a program, it checks them all at the vector width it was started with. */
final class AllCases {
    private AllCases() {}

    static List<OpCase> primitives() {
        List<OpCase> all = new ArrayList<>();
        all.addAll(ElementwiseCases.all());
        all.addAll(IndexingCases.all());
        all.addAll(LinearCases.all());
        all.addAll(ReductionCases.all());
        all.addAll(ShapingCases.all());
        all.addAll(SourceCases.all());
        return all;
    }

    /** Fused cases that have a kernel. */
    static List<OpCase> fused() {
        CpuVectorBackend backend = new CpuVectorBackend();
        return FusedCases.all().stream()
                .filter(c -> backend.refusal(
                                c.op(),
                                c.draw(1, DType.F32).stream().map(Tensor::spec).toList())
                        .isEmpty())
                .toList();
    }

    public static void main(String[] args) {
        List<OpCase> all = new ArrayList<>(primitives());
        all.addAll(fused());
        all.forEach(CaseCheck::check);
        long gradients = FusedCasesTest.gradients()
                .peek(c -> TensorScope.run(
                        () -> FusedCasesTest.gradient(c, 5).agrees(c.toString(), FusedCasesTest.GRADIENT)))
                .count();
        System.out.println(all.size() + gradients + " cases at " + Width.FLOATS.vectorBitSize() + " bit");
    }
}
