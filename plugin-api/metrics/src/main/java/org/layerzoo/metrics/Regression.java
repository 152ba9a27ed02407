package org.layerzoo.metrics;

import org.layerzoo.core.ZooException;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;

/** What metrics of real values share. */
final class Regression {
    private Regression() {}

    /** y - target in F64. */
    static Tensor difference(Tensors outputs, Tensors batch, String target) {
        Tensor y = outputs.get("y");
        Tensor t = batch.get(target);
        if (!y.shape().equals(t.shape())) {
            throw ZooException.badShape(
                    "predictions " + y.spec() + " and targets '" + target + "' " + t.spec() + " differ in shape");
        }
        return y.cast(DType.F64).sub(t.cast(DType.F64));
    }
}
