package org.layerzoo.kernels.op.neighbourhood;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.gpu.Args;
import org.layerzoo.core.gpu.Gpu;
import org.layerzoo.core.gpu.Grid;
import org.layerzoo.core.op.neighbourhood.Axis;
import org.layerzoo.core.op.neighbourhood.Neighbourhood;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.kernels.Lines;
import org.layerzoo.kernels.Plan;
import org.layerzoo.kernels.Sources;

/**
 * Neighbourhood attention without gathered keys: blocks own 16 neighbouring queries, whose windows overlap, so that keys and values come
 * from cache for all but the first of them. 2 K (d + dv) flops a query of K keys.
 */
public final class NeighbourhoodPlan implements Plan<Neighbourhood> {
    static final int QUERIES = 16;
    static final int MOST_VALUES = 256;

    @Override
    public Optional<String> refusal(Neighbourhood op, List<TensorSpec> in, Gpu.Limits limits) {
        int dv = in.get(2).shape().dim(-1);
        return dv > MOST_VALUES
                ? Optional.of("values of more than " + MOST_VALUES + " numbers, given " + dv)
                : Optional.empty();
    }

    @Override
    public List<Tensor> run(Neighbourhood op, List<Tensor> in, Gpu gpu) {
        Tensor q = in.get(0);
        List<Tensor> out = op.infer(in.stream().map(Tensor::spec).toList()).stream()
                .map(gpu::empty)
                .toList();
        long queries = q.shape().product(0, q.rank() - 1);
        if (queries == 0) {
            return out;
        }
        Args args = Args.of(q, in.get(1), in.get(2), op.bias() ? in.get(3) : q, out.get(0), out.get(1))
                .i64(queries)
                .ints(window(op, q, in.get(2)));
        gpu.launch(
                Sources.of("neighbourhood", q.dtype(), "neighbourhood"),
                Grid.blocks((queries + QUERIES - 1) / QUERIES, 256),
                Lines.number(args, q.dtype(), op.scale()));
        return out;
    }

    /** The structure {@code Window} of the source. */
    static int[] window(Neighbourhood op, Tensor q, Tensor v) {
        int[] out = new int[17];
        out[0] = q.dim(1);
        out[1] = q.dim(-1);
        out[2] = v.dim(-1);
        out[3] = op.border().ordinal();
        out[4] = op.bias() ? 1 : 0;
        int missing = 3 - op.axes().size();
        for (int a = 0; a < 3; a++) {
            boolean own = a >= missing;
            Axis x = own ? op.axes().get(a - missing) : new Axis(1, 1, false);
            out[5 + a] = own ? q.dim(2 + a - missing) : 1;
            out[8 + a] = x.kernel();
            out[11 + a] = x.dilation();
            out[14 + a] = x.causal() ? 1 : 0;
        }
        return out;
    }
}
