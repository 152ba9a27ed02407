package org.layerzoo.nn.linear;

import org.layerzoo.core.layer.Init;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.dense.Activation;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.nn.Linear;

/** Simple gated linear unit, (f(x W1) * (x W2)) W3 without bias; f is the identity in the TransNormer line. Parameters {@code l1}, {@code l2}, {@code l3}. */
public record Sglu(Linear l1, Linear l2, Linear l3, Activation activation) {
    public static Sglu of(Params p, int dim, int hidden, Activation activation) {
        return of(p, dim, hidden, activation, Init.linear());
    }

    /** @param init of the weights */
    public static Sglu of(Params p, int dim, int hidden, Activation activation, Init init) {
        return new Sglu(
                Linear.of(p, "l1", dim, hidden, false, init),
                Linear.of(p, "l2", dim, hidden, false, init),
                Linear.of(p, "l3", hidden, dim, false, init),
                activation);
    }

    public Tensor apply(Tensor x) {
        return l3.apply(Fused.glu(l1.apply(x), l2.apply(x), activation));
    }
}
