package org.layerzoo.core.sketch;

import org.layerzoo.core.exec.Counting;
import org.layerzoo.core.exec.Exec;
import org.layerzoo.core.exec.ShapesOnly;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Init;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.spi.Build;
import org.layerzoo.core.spi.LayerRef;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;

/** nas-efficient-transformers: subnets are leading slices of shared weights; two attention kinds share one scope; cost on shapes alone. */
final class NasEfficientTransformers implements Layer {
    private final Param shared;
    private final Layer[] kinds;

    NasEfficientTransformers(Build b, int dim, LayerRef softmax, LayerRef linear) {
        this.shared = b.shared("supernet").weight("fc", org.layerzoo.core.tensor.Shape.of(4 * dim, dim), Init.linear());
        this.kinds = new Layer[] {b.child("softmax", softmax), b.child("linear", linear)};
    }

    @Override
    public Tensors forward(Tensors in, Call call) {
        Tensor arch = call.draws().integers("arch", 0, 2, 2);
        Tensor x = kinds[(int) arch.get(0)].forward(in, call).get("y");
        // A slice is a view with a gradient: the rest of the weight gets zeros.
        int hidden = shared.spec().shape().dim(0) / (int) (arch.get(1) + 1);
        Tensor w = shared.value().slice(0, 0, hidden);
        return Tensors.of("y", Ops.relu(Fused.linear(x, w)).matmul(w));
    }

    static long cost(Layer subnet, Tensors abstractInputs) {
        Counting c = new Counting(ShapesOnly.INSTANCE);
        Exec.with(c, () -> subnet.forward(abstractInputs, Call.eval()));
        return c.flops();
    }
}
