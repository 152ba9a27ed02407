package org.layerzoo.kernels.op.attend;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.gpu.Args;
import org.layerzoo.core.gpu.Gpu;
import org.layerzoo.core.gpu.Grid;
import org.layerzoo.core.op.attend.MergeLse;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.kernels.Plan;
import org.layerzoo.kernels.Sources;

/** Joins up to four attentions over disjoint keys in one pass: each part is read and o written once. */
public final class MergeLsePlan implements Plan<MergeLse> {
    private static final int PARTS = 4;

    @Override
    public Optional<String> refusal(MergeLse op, List<TensorSpec> in, Gpu.Limits limits) {
        return op.parts() > PARTS
                ? Optional.of("more than " + PARTS + " parts, given " + op.parts())
                : in.getFirst().shape().dim(-1) == 0 ? Optional.of("parts without numbers") : Optional.empty();
    }

    @Override
    public List<Tensor> run(MergeLse op, List<Tensor> in, Gpu gpu) {
        Tensor first = in.getFirst();
        Tensor o = gpu.empty(first.spec());
        Tensor lse = gpu.empty(in.get(1).spec());
        Args args = Args.of();
        int step = op.weighted() ? 3 : 2;
        for (int s = 0; s < PARTS; s++) {
            int at = s < op.parts() ? s * step : 0;
            args.tensor(in.get(at)).tensor(in.get(at + 1)).tensor(in.get(at + step - 1));
        }
        args.tensor(o).tensor(lse).i64(o.size()).i32(o.dim(-1), op.parts()).i32(op.weighted());
        gpu.launch(Sources.of("merge_lse", o.dtype(), "merge_lse"), Grid.over(o.size(), 256), args);
        return List.of(o, lse);
    }
}
