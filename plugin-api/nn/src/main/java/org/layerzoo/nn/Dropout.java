package org.layerzoo.nn;

import org.layerzoo.core.ZooException;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.tensor.Tensor;

/** While training, every number of x is dropped with probability {@code rate} and divided by 1 - rate where it stays; draws are named {@code name}. */
public record Dropout(String name, double rate) {
    public Dropout {
        if (!(rate >= 0 && rate < 1)) {
            throw ZooException.badArgument("dropout: a rate in [0, 1) expected, given " + rate);
        }
    }

    public Tensor apply(Tensor x, Call call) {
        if (rate == 0 || !call.training()) {
            return x;
        }
        return x.mul(call.draws().bernoulli(name, 1 - rate, x.dtype(), x.shape().dims()))
                .div(1 - rate);
    }
}
