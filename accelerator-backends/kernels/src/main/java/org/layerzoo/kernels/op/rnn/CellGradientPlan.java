package org.layerzoo.kernels.op.rnn;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.gpu.Gpu;
import org.layerzoo.core.op.GradientOf;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.op.Wide;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorScope;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.kernels.Plan;
import org.layerzoo.kernels.Wider;
import org.layerzoo.kernels.op.linear.MatMulPlan;
import org.layerzoo.kernels.op.reduction.ReducePlan;
import org.layerzoo.kernels.op.rnn.Walked.Adjoint;
import org.layerzoo.kernels.op.rnn.Walked.Cotangents;

/**
 * Gradients of LSTM and GRU: the steps again, then back; what the weights get is summed over all steps by a product of matrices each, in
 * that product's fixed order. Memory: 6 to 9 numbers a unit and step.
 */
public final class CellGradientPlan implements Plan<GradientOf> {
    private static final MatMulPlan PRODUCT = new MatMulPlan();

    @Override
    public Optional<String> refusal(GradientOf g, List<TensorSpec> in, Gpu.Limits limits) {
        return Cell.of(g.op()).refusal(in.subList(0, g.inputs()));
    }

    @Override
    public List<Tensor> run(GradientOf g, List<Tensor> in, Gpu gpu) {
        return TensorScope.use(() -> {
            Cell cell = Cell.of(g.op());
            List<Tensor> wide = Wider.up(in, Wide.of(in.getFirst().dtype()), gpu);
            Walked walked = new Walked(cell, wide.subList(0, g.inputs()), gpu);
            walked.forward(true);
            boolean toInitial = cell.initial() && g.wanted().contains(cell.initialAt());
            Adjoint back =
                    walked.adjoint(new Cotangents(given(g, wide, 0), given(g, wide, 1), given(g, wide, 2)), toInitial);
            List<Tensor> grads = g.wanted().stream()
                    .map(w -> gradient(cell, w, wide, walked.before(), back, gpu)
                            .view(in.get(w).shape()))
                    .toList();
            return Wider.down(
                    grads, g.wanted().stream().map(w -> in.get(w).spec()).toList(), gpu);
        });
    }

    private static Optional<Tensor> given(GradientOf g, List<Tensor> in, int result) {
        int at = g.given().indexOf(result);
        return at < 0 ? Optional.empty() : Optional.of(in.get(g.inputs() + g.outputs() + at));
    }

    private static Tensor gradient(Cell cell, int input, List<Tensor> in, Tensor before, Adjoint back, Gpu gpu) {
        if (input >= cell.initialAt()) {
            return input == cell.initialAt() ? back.h0() : back.c0();
        }
        return switch (input) {
            case 0 -> product(false, rows(back.gates()), in.get(1), gpu);
            case 1 -> product(true, rows(back.gates()), rows(in.get(0)), gpu);
            case 2 -> product(true, rows(back.back()), rows(before), gpu);
            default -> sum(rows(input == 3 ? back.gates() : back.back()), gpu);
        };
    }

    /** Of all steps of all samples. */
    private static Tensor rows(Tensor t) {
        return t.view(Shape.of(t.dim(0) * t.dim(1), t.dim(2)));
    }

    private static Tensor product(boolean transposed, Tensor a, Tensor b, Gpu gpu) {
        return PRODUCT.run(new Primitive.MatMul(transposed, false), List.of(a, b), gpu)
                .getFirst();
    }

    private static Tensor sum(Tensor rows, Gpu gpu) {
        Primitive.Reduce sum = new Primitive.Reduce(Primitive.ReduceKind.SUM, new int[] {0}, false);
        return new ReducePlan().run(sum, List.of(rows), gpu).getFirst();
    }
}
