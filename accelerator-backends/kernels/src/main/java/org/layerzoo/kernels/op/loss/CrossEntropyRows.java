package org.layerzoo.kernels.op.loss;

import java.util.List;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.gpu.Args;
import org.layerzoo.core.gpu.Gpu;
import org.layerzoo.core.gpu.GpuKernel;
import org.layerzoo.core.gpu.Grid;
import org.layerzoo.core.op.Wide;
import org.layerzoo.core.op.loss.CrossEntropy;
import org.layerzoo.core.op.loss.CrossEntropy.Reduction;
import org.layerzoo.core.op.loss.CrossEntropy.Targets;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.kernels.Lines;
import org.layerzoo.kernels.Sources;

/**
 * The rows' losses, their sum or mean, and how many rows count.
 *
 * @param rows a loss a row
 * @param total their sum, or mean
 * @param count of rows that are not ignored
 */
record CrossEntropyRows(Tensor rows, Tensor total, Tensor count) {
    /** @throws ZooException if a target is neither a class nor ignored */
    static CrossEntropyRows of(CrossEntropy op, List<Tensor> in, Gpu gpu) {
        Tensor x = in.get(0);
        Tensor targets = in.get(1);
        boolean ids = op.targets() == Targets.IDS;
        Lines l = Lines.rows(x.size() / x.dim(-1), x.dim(-1));
        DType wide = Wide.of(x.dtype());
        Tensor rows = gpu.empty(TensorSpec.of(wide, x.shape().without(-1).dims()));
        Tensor counted = gpu.empty(TensorSpec.of(DType.I32, l.lines()));
        GpuKernel kernel = Sources.of("cross_entropy", x.dtype(), "cross_entropy");
        Args args = Args.of(x, targets, ids ? x : targets, rows, counted)
                .ints(l.packed())
                .i64(op.ignore())
                .i32(ids);
        gpu.launch(kernel, l.grid(), Lines.number(args, x.dtype(), op.smoothing()));
        Tensor total = gpu.empty(TensorSpec.of(wide));
        Tensor count = gpu.empty(TensorSpec.of(wide));
        Tensor bad = gpu.empty(TensorSpec.of(DType.I64));
        gpu.launch(
                kernel.function("cross_entropy_join"),
                Grid.blocks(1, 256),
                Args.of(rows, counted, total, count, bad).i32(l.lines()).i32(op.reduction() == Reduction.MEAN));
        if (ids) {
            // Reading the flag waits for the device; a wrong class must not go on as a number.
            long row = bad.toLongs()[0];
            if (row >= 0) {
                throw ZooException.badArgument("cross_entropy: targets in 0.." + (x.dim(-1) - 1) + " or " + op.ignore()
                        + " expected, given " + targets.toLongs()[(int) row] + " in row " + row);
            }
        }
        return new CrossEntropyRows(rows, total, count);
    }
}
