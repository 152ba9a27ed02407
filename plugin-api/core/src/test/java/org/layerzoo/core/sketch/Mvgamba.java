package org.layerzoo.core.sketch;

import java.util.List;
import org.layerzoo.core.exec.Exec;
import org.layerzoo.core.op.FusedOp;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;

/** mvgamba: a plugin brings its own fused op; its meaning in primitives is its reference, its gradient and its fallback. */
final class Mvgamba {
    private Mvgamba() {}

    /** means [N, 2], colours [N, C], opacity [N], depth [N] -> image [h, w, C]: Gaussians blended front to back. */
    record Splat(int h, int w) implements FusedOp {
        @Override
        public String name() {
            return "mvgamba.splat";
        }

        @Override
        public List<TensorSpec> infer(List<TensorSpec> in) {
            return List.of(
                    TensorSpec.of(in.get(1).dtype(), h, w, in.get(1).shape().dim(1)));
        }

        @Override
        public List<Tensor> decompose(List<Tensor> in) {
            Tensor order = Ops.argSort(in.get(3), 0, false);
            Tensor mean = Ops.indexSelect(in.get(0), 0, order);
            Tensor colour = Ops.indexSelect(in.get(1), 0, order);
            Tensor ys = Ops.iota(mean.dtype(), h).unsqueeze(1).expand(h, w).reshape(h * w, 1);
            Tensor xs = Ops.iota(mean.dtype(), w).unsqueeze(0).expand(h, w).reshape(h * w, 1);
            Tensor d2 = Ops.square(ys.sub(mean.select(1, 0))).add(Ops.square(xs.sub(mean.select(1, 1))));
            Tensor alpha = Ops.exp(d2.mul(-0.5)).mul(Ops.indexSelect(in.get(2), 0, order));
            // What is left of the light in front of splat n: an exclusive product.
            Tensor left = Ops.scan(Primitive.ScanKind.PROD, alpha.neg().add(1), 1, false, true);
            return List.of(alpha.mul(left).matmul(colour).reshape(h, w, colour.dim(1)));
        }
    }

    static Tensor render(List<Tensor> gaussians, int h, int w) {
        return Exec.apply(new Splat(h, w), gaussians).getFirst();
    }
}
