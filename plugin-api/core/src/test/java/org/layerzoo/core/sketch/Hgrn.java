package org.layerzoo.core.sketch;

import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Init;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.op.Complex;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.spi.Build;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;

/** hgrn: a lower bound of the forget gate that grows with depth, from one parameter tied over all layers; complex state as pairs. */
final class Hgrn implements Layer {
    private final int layer;
    private final Param gamma;
    private final Param w;

    Hgrn(Build b, int dim) {
        this.layer = b.layer();
        this.gamma = b.shared("gamma").weight("gamma", Shape.of(b.depth(), dim), Init.zeros());
        this.w = b.params().weight("w", Init.linear(), 4 * dim, dim);
    }

    @Override
    public Tensors forward(Tensors in, Call call) {
        Tensor bound = in.find("lower_bound")
                .orElseGet(() -> Ops.scan(Primitive.ScanKind.SUM, Fused.softmax(gamma.value(), 0), 0, false, true)
                        .select(0, layer));
        var p = Ops.split(
                Fused.linear(in.get("x"), w.value()), -1, bound.dim(0), bound.dim(0), bound.dim(0), bound.dim(0));
        Tensor f = bound.add(bound.neg().add(1).mul(Ops.sigmoid(p.get(0))));
        // a = f e^{i theta}, b = (1 - f) c, both as [.., 2]
        Tensor a = Ops.stack(-1, java.util.List.of(f.mul(Ops.cos(p.get(3))), f.mul(Ops.sin(p.get(3)))));
        Tensor c = Ops.stack(-1, java.util.List.of(Ops.silu(p.get(1)), Ops.silu(p.get(2))));
        Tensor b = c.mul(f.neg().add(1).unsqueeze(-1));
        Tensor h = Fused.complexScan(a, b, Ops.zerosLike(b.select(1, 0)), 1, false);
        return Tensors.of("y", Complex.abs(h));
    }
}
