package org.layerzoo.kernels.op.reduction;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.gpu.Args;
import org.layerzoo.core.gpu.Gpu;
import org.layerzoo.core.gpu.Grid;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.op.Primitive.SegmentKind;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.kernels.Plan;
import org.layerzoo.kernels.Sources;
import org.layerzoo.kernels.op.indexing.Ranges;
import org.layerzoo.kernels.op.indexing.Sort;

/**
 * Rows by segment: ids are sorted once, and each result then reads its own rows in their order, without atomics. The rows are read once,
 * the ids once a digit of the sort.
 */
public final class SegmentPlan implements Plan<Primitive.Segment> {
    private static final int BLOCK = 256;
    /** Rows of a segment on average from which several threads share it. */
    private static final int LONG = 32;

    @Override
    public Optional<String> refusal(Primitive.Segment op, List<TensorSpec> in, Gpu.Limits limits) {
        return Optional.empty();
    }

    @Override
    public List<Tensor> run(Primitive.Segment op, List<Tensor> in, Gpu gpu) {
        Tensor x = in.get(0);
        Tensor ids = in.get(1);
        Ranges.inside(
                ids,
                op.segments(),
                gpu,
                first -> ZooException.badArgument(op.name() + ": ids from 0 to " + (op.segments() - 1)
                        + " expected, given " + first.value() + " at row " + first.at()));
        Tensor y = gpu.empty(op.infer(List.of(x.spec(), ids.spec())).getFirst());
        if (y.size() == 0) {
            return List.of(y);
        }
        Sort.Sorted rows = Sort.targets(gpu, ids);
        int n = (int) ids.size();
        int width = (int) x.shape().product(1, x.rank());
        if (op.kind() == SegmentKind.COUNT) {
            counts(gpu, rows, y, n, width);
            return List.of(y);
        }
        int lanes = n / op.segments() >= LONG ? 8 : 1;
        gpu.launch(
                Sources.numeric("segment", x.dtype(), op.name()),
                Grid.over(y.size() * lanes, BLOCK),
                Args.of(x, rows.keys(), rows.places(), y).i64(y.size()).i32(n, width, lanes));
        return List.of(y);
    }

    /** How often each id is among the sorted, {@code width} times. */
    public static void counts(Gpu gpu, Sort.Sorted ids, Tensor y, int n, int width) {
        gpu.launch(
                Sources.moving("segment", DType.I32, "counts"),
                Grid.over(y.size(), BLOCK),
                Args.of(ids.keys(), y).i64(y.size()).i32(n, width));
    }
}
