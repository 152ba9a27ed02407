package org.layerzoo.core.sketch;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.layer.Seqs;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;

/** dynamic-token-pooling: segments of learned length; the core layer, any mixer of the zoo, sees one row a segment. */
final class DynamicTokenPooling implements Layer {
    private final Layer mid;

    DynamicTokenPooling(org.layerzoo.core.spi.Build b, org.layerzoo.core.spi.LayerRef core) {
        this.mid = b.child("mid", core);
    }

    @Override
    public Tensors forward(Tensors in, Call call) {
        Tensor x = in.get("x");
        Tensor boundary = in.find("boundaries").orElseGet(() -> drawn(x, call));
        // Segment of a token = boundaries before it; one packed row of segments for the core.
        Tensor ids = Ops.scan(Primitive.ScanKind.SUM, boundary, 1, false, true)
                .reshape(-1)
                .cast(DType.I64);
        int segments = (int) ids.get(ids.dim(0) - 1) + 1;
        Tensor pooled = Ops.segment(Primitive.SegmentKind.MEAN, x.reshape(-1, x.dim(2)), ids, segments);
        Call packed = call.under("mid").with(Seqs.packed(Tensor.of(new long[] {0, segments}, 2)));
        Tensor y = mid.forward(Tensors.of("x", pooled.unsqueeze(0)), packed)
                .get("y")
                .squeeze(0);
        return Tensors.of("y", Ops.indexSelect(y, 0, ids).reshape(x.shape()));
    }

    /** A relaxed Bernoulli from a named uniform, so that a recorded draw can stand in; hard values, soft gradient. */
    private static Tensor drawn(Tensor x, Call call) {
        Tensor logit = x.mean(2);
        Tensor u = call.draws().uniform("uniform", x.dtype(), logit.shape().dims());
        Tensor soft = Ops.sigmoid(logit.add(Ops.log(u.div(u.neg().add(1)))));
        call.aux().loss("prior", Ops.square(soft.mean().sub(0.2)), 1);
        return Ops.straightThrough(soft.gt(0.5).cast(x.dtype()), soft);
    }

    @Override
    public SequencedMap<String, Layer> children() {
        return new LinkedHashMap<>(Map.of("mid", mid));
    }
}
