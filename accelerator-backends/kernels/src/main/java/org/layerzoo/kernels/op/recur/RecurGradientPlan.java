package org.layerzoo.kernels.op.recur;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.gpu.Gpu;
import org.layerzoo.core.op.GradientOf;
import org.layerzoo.core.op.recur.Gate;
import org.layerzoo.core.op.recur.Recur;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorScope;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.kernels.Plan;
import org.layerzoo.kernels.Wider;

/**
 * Gradients of matrix-state recurrences, by {@link ScaledAdjoint} or {@link DeltaAdjoint}. In BF16 and F16 they are computed in F32; the
 * gradient of one decay a head in F64, since it is a small difference of sums over all tokens.
 */
public final class RecurGradientPlan implements Plan<GradientOf> {
    @Override
    public Optional<String> refusal(GradientOf g, List<TensorSpec> in, Gpu.Limits limits) {
        if (!g.given().contains(0)) {
            return Optional.of("no cotangent of o");
        }
        if (in.stream().anyMatch(s -> s.shape().size() == 0)) {
            return Optional.of("empty inputs");
        }
        if (wide(g, in.getFirst().dtype()) == DType.F64 && !limits.f64()) {
            return Optional.of("the device does not compute in F64, which the gradient of a decay a head needs");
        }
        int rows = Math.max(in.get(0).shape().dim(3), in.get(2).shape().dim(3));
        return RecurPlan.refusal((Recur) g.op(), in.subList(0, g.inputs()), rows);
    }

    private static DType wide(GradientOf g, DType given) {
        boolean decayOfHead =
                ((Recur) g.op()).gate() instanceof Gate.PerHead && g.wanted().contains(3);
        return decayOfHead || given == DType.F64 ? DType.F64 : DType.F32;
    }

    @Override
    public List<Tensor> run(GradientOf g, List<Tensor> in, Gpu gpu) {
        DType wide = wide(g, in.getFirst().dtype());
        return TensorScope.use(() -> {
            List<Tensor> up = Wider.up(in, wide, gpu);
            boolean delta = ((Recur) g.op()).gate() instanceof Gate.Delta;
            Adjoint a = delta ? new DeltaAdjoint(g, up, gpu) : new ScaledAdjoint(g, up, gpu);
            List<TensorSpec> results =
                    g.wanted().stream().map(w -> in.get(w).spec()).toList();
            return Wider.down(a.gradients(), results, gpu);
        });
    }
}
