package org.layerzoo.core.sketch;

import java.util.List;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Streaming;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.spi.GoldenFunction;
import org.layerzoo.core.state.Opening;
import org.layerzoo.core.state.State;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;

/** realtabformer: rows as tokens with a vocabulary a slot; sampling is masked to it; the golden case is a statistic, not a layer. */
final class RealTabFormer {
    private RealTabFormer() {}

    /** @param slots BOOL [columns, vocabulary]: what each place of a row may hold */
    static Tensor sample(Streaming model, Tensor slots, int rows, Call call) {
        State s = model.open(Opening.of(rows));
        Tensor token = Tensor.full(org.layerzoo.core.tensor.DType.I64, 0, rows, 1);
        List<Tensor> out = new java.util.ArrayList<>();
        for (int c = 0; c < slots.dim(0); c++) {
            Tensor logits = model.advance(Tensors.of("tokens", token), s, call)
                    .get("logits")
                    .select(1, 0);
            Tensor allowed =
                    Ops.where(slots.select(0, c), logits, Tensor.scalar(logits.dtype(), Double.NEGATIVE_INFINITY));
            Tensor noise = call.draws()
                    .gumbel("column." + c, logits.dtype(), logits.shape().dims());
            token = Ops.argMax(allowed.add(noise), -1).unsqueeze(1);
            out.add(token);
        }
        return Ops.concat(1, out);
    }

    /** The stop rule's statistic: share of synthetic rows nearer to the training set than held-out rows are. */
    static GoldenFunction qStatistic() {
        return GoldenFunction.of("q", c -> c.level().equals("statistic"), c -> {
            Tensor d = c.in().get("synthetic_distance")
                    .lt(c.in().get("holdout_distance"))
                    .cast(c.dtype());
            return Tensors.of("q", d.mean());
        });
    }
}
