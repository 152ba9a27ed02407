package org.layerzoo.cpuvector.op.norm;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.layerzoo.core.op.GradientOf;
import org.layerzoo.core.op.norm.LayerNorm;
import org.layerzoo.core.op.norm.RmsNorm;
import org.layerzoo.core.op.norm.Root;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.cpuvector.Kernel;

/** Gradients of layer and root-mean-square norms with epsilon inside the root. */
public final class NormGradientKernel implements Kernel<GradientOf> {
    private final NormKernel forward = new NormKernel();

    @Override
    public Optional<String> refusal(GradientOf op, List<TensorSpec> in) {
        boolean inside = op.op() instanceof LayerNorm l && l.root() == Root.INSIDE
                || op.op() instanceof RmsNorm r && r.root() == Root.INSIDE;
        return inside ? forward.refusal(op.op(), in) : Optional.of("epsilon outside the root");
    }

    @Override
    public List<Tensor> run(GradientOf op, List<Tensor> in) {
        Tensor x = in.getFirst();
        RowNorm norm = NormKernel.of(op.op(), in.subList(0, op.inputs()));
        Tensor dx = Tensor.allocate(x.spec());
        double[][] sums = norm.adjoint(x.segment(), in.getLast().segment(), x.size() / norm.n(), dx.segment());
        List<Tensor> grads = new ArrayList<>(List.of(dx));
        boolean weight = op.op() instanceof LayerNorm l ? l.weight() : ((RmsNorm) op.op()).weighted();
        if (weight) {
            grads.add(Tensor.of(DType.F32, sums[0], in.get(1).shape().dims()));
        }
        if (op.op() instanceof LayerNorm l && l.bias()) {
            grads.add(Tensor.of(
                    DType.F32, sums[1], in.get(op.inputs() - 1).shape().dims()));
        }
        return op.wanted().stream().map(grads::get).toList();
    }
}
