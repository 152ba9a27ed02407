package org.layerzoo.nn.routing;

import java.util.ArrayList;
import java.util.List;
import org.layerzoo.core.op.Backprop;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;

/**
 * x_r W_g^T for rows [R, D] sorted by group, bounds I64 [G + 1] and weights [O, D] of the first groups: each row meets one weight, so
 * that the work does not depend on how many there are. Rows of groups without a weight give 0.
 */
public final class GroupedLinear {
    private GroupedLinear() {}

    public static Tensor apply(Tensor rows, Tensor bounds, List<Tensor> weights) {
        List<Tensor> in = new ArrayList<>(List.of(rows, bounds));
        in.addAll(weights);
        return Ops.custom("grouped_linear", in, GroupedLinear::forward, GroupedLinear::backward)
                .getFirst();
    }

    private static List<Tensor> forward(List<Tensor> in) {
        return List.of(products(in.getFirst(), in.get(1), in.subList(2, in.size()), false));
    }

    /** x W^T, or x W. */
    private static Tensor products(Tensor x, Tensor bounds, List<Tensor> weights, boolean turned) {
        int width = weights.getFirst().dim(turned ? 1 : 0);
        TensorSpec spec = TensorSpec.of(x.dtype(), x.dim(0), width);
        if (bounds.isAbstract()) {
            return Tensor.abstractOf(spec);
        }
        long[] at = bounds.toLongs();
        List<Tensor> parts = new ArrayList<>();
        for (int g = 0; g < weights.size(); g++) {
            if (at[g + 1] > at[g]) {
                Tensor own = x.slice(0, (int) at[g], (int) at[g + 1]);
                parts.add(turned ? own.matmul(weights.get(g)) : own.matmulT(weights.get(g)));
            }
        }
        int rest = x.dim(0) - (int) at[weights.size()];
        if (rest > 0) {
            parts.add(Tensor.zeros(x.dtype(), rest, width));
        }
        return Ops.concat(0, parts);
    }

    private static void backward(Backprop b) {
        List<Tensor> weights = new ArrayList<>();
        for (int i = 2; i < b.inputs(); i++) {
            weights.add(b.in(i));
        }
        b.add(0, () -> products(b.grad(0), b.in(1), weights, true));
        long[] at = b.in(1).toLongs();
        for (int g = 0; g < weights.size(); g++) {
            int from = (int) at[g];
            int to = (int) at[g + 1];
            Tensor w = weights.get(g);
            b.add(
                    g + 2,
                    () -> to > from
                            ? b.grad(0).slice(0, from, to).tMatmul(b.in(0).slice(0, from, to))
                            : Ops.zerosLike(w));
        }
    }
}
