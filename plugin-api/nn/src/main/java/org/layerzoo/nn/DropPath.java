package org.layerzoo.nn;

import java.util.Arrays;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.tensor.Tensor;

/**
 * Stochastic depth: while training, a residual branch x [B, ..] of each sample is dropped with probability {@code rate} and
 * divided by 1 - rate where it stays; the identity in evaluation. Draws one number a sample, named {@code name}.
 */
public record DropPath(String name, double rate) {
    public DropPath {
        if (!(rate >= 0 && rate < 1)) {
            throw ZooException.badArgument("drop path: a rate in [0, 1) expected, given " + rate);
        }
    }

    public Tensor apply(Tensor x, Call call) {
        if (rate == 0 || !call.training()) {
            return x;
        }
        int[] dims = new int[x.rank()];
        Arrays.fill(dims, 1);
        dims[0] = x.dim(0);
        return x.mul(call.draws().bernoulli(name, 1 - rate, x.dtype(), dims)).div(1 - rate);
    }
}
