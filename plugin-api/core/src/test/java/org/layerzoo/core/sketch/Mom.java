package org.layerzoo.core.sketch;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Init;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.layer.Seqs;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.spi.Build;
import org.layerzoo.core.spi.LayerRef;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;

/** mom: a router sends each token to one of M memories; any recurrent mixer runs on the packed memories. */
final class Mom implements Layer {
    private final Param router;
    private final Layer memory;

    Mom(Build b, int dim, int memories, LayerRef rule) {
        this.router = b.params().weight("router", Init.linear(), memories, dim);
        this.memory = b.child("memory", rule);
    }

    @Override
    public Tensors forward(Tensors in, Call call) {
        Tensor x = in.get("x").reshape(-1, in.get("x").dim(2));
        Tensor p = Fused.softmax(x.matmulT(router.value()), -1);
        Tensor which = Ops.argMax(p, -1);
        // Stable: within a memory the tokens keep their order, so causality survives the sort.
        Tensor order = Ops.argSort(which, 0, false);
        Tensor sizes = Ops.bincount(which, p.dim(1));
        Tensor bounds = Ops.concat(0, Tensor.of(new long[] {0}, 1), Ops.cumsum(sizes, 0));
        Tensor packed = Ops.indexSelect(x, 0, order).unsqueeze(0);
        Tensor y = memory.forward(Tensors.of("x", packed), call.under("memory").with(Seqs.packed(bounds)))
                .get("y")
                .squeeze(0);
        Tensor weight = Ops.gather(p, 1, which.unsqueeze(1));
        Tensor index = order.unsqueeze(1).expand(x.shape().dims());
        Tensor back = Ops.scatterAdd(Ops.zerosLike(x), 0, index, y).mul(weight);
        Tensor share = sizes.cast(DType.F32).div(x.dim(0));
        call.aux().loss("balance", Ops.stop(share).mul(p.mean(0)).sum().mul(p.dim(1)), 0.01);
        return Tensors.of("y", back.reshape(in.get("x").shape()));
    }

    @Override
    public SequencedMap<String, Layer> children() {
        return new LinkedHashMap<>(Map.of("memory", memory));
    }
}
