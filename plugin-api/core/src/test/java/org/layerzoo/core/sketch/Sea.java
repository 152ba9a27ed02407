package org.layerzoo.core.sketch;

import org.layerzoo.core.config.Doc;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;

/** sea: an estimated attention picks cells over heads and rows together; losses towards a teacher with stop rules. */
final class Sea implements Layer {
    /** About twenty options, in records of few. */
    record Config(
            @Doc("how the map is estimated") Estimator estimator,
            @Doc("what is kept") Selection selection,
            @Doc("weights of the losses") Losses losses) {}

    record Estimator(
            @Doc("random features") int features,
            @Doc("size of the compressed map") int size) {}

    record Selection(
            @Doc("cells a row") int k,
            @Doc("over which axes the cells compete") Over over) {
        enum Over {
            ROW,
            HEADS_AND_ROWS
        }
    }

    record Losses(
            @Doc("towards the teacher's map") double map,
            @Doc("towards the teacher's output") double output) {}

    private final Config c;

    Sea(Config c) {
        this.c = c;
    }

    @Override
    public Tensors forward(Tensors in, Call call) {
        Tensor q = in.get("q");
        Tensor k = in.get("k");
        Tensor estimate = Fused.softmax(q.matmulT(k), -1);
        int[] s = estimate.shape().dims();
        boolean joined = c.selection().over() == Selection.Over.HEADS_AND_ROWS;
        Tensor cells = joined ? estimate.permute(0, 2, 1, 3).reshape(s[0], s[2], s[1] * s[3]) : estimate;
        Tensor index = Ops.topK(cells, c.selection().k(), -1, Primitive.TopKOrder.BY_INDEX)
                .get(1);
        Tensor kept = Ops.oneHot(index, cells.dim(-1), DType.F32).sum(-2).gt(0);
        Tensor mask = joined ? kept.reshape(s[0], s[2], s[1], s[3]).permute(0, 2, 1, 3) : kept;
        Tensor o = Fused.attend(q).keys(k, in.get("v")).mask(mask).o();
        call.aux().put("estimated", estimate);
        in.find("teacher_map").ifPresent(t -> call.aux()
                .loss(
                        "map",
                        Ops.square(estimate.sub(Ops.stop(t))).mean(),
                        c.losses().map()));
        in.find("teacher_output").ifPresent(t -> call.aux()
                .loss(
                        "output",
                        Ops.square(o.sub(Ops.stop(t))).mean(),
                        c.losses().output()));
        return Tensors.of("o", o);
    }
}
