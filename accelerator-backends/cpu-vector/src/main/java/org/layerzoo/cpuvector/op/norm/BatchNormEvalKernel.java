package org.layerzoo.cpuvector.op.norm;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.op.norm.BatchNormEval;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.cpuvector.Floats;
import org.layerzoo.cpuvector.Kernel;
import org.layerzoo.cpuvector.Loan;
import org.layerzoo.cpuvector.Workers;

/** Batch norm with fixed statistics: one multiplication and addition an element, with a factor a channel; a sample's share of a block of channels a task. */
public final class BatchNormEvalKernel implements Kernel<BatchNormEval> {
    private static final int[] ALL = {};

    @Override
    public Optional<String> refusal(BatchNormEval op, List<TensorSpec> in) {
        TensorSpec x = in.getFirst();
        return in.stream().allMatch(t -> t.dtype() == DType.F32) && x.shape().size() > 0
                ? Optional.empty()
                : Optional.of("no loop for " + x);
    }

    @Override
    public List<Tensor> run(BatchNormEval op, List<Tensor> in) {
        Tensor x = in.getFirst();
        Tensor y = Tensor.allocate(x.spec());
        ChannelRows rows = ChannelRows.of(x.shape(), Optional.empty());
        Workers.run(rows.batch() * rows.tasks(), 3 * x.size(), t -> {
            int task = t % rows.tasks();
            int width = rows.width(task);
            try (Loan loan = Loan.open()) {
                float[] v = loan.floats(rows.room());
                double[] mean = loan.doubles(width), factor = loan.doubles(width), bias = loan.doubles(width);
                for (int i = 0; i < width; i++) {
                    int channel = task * rows.block() + i;
                    mean[i] = Floats.get(in.get(1).segment(), channel);
                    factor[i] = factor(op, in, channel);
                    bias[i] = op.affine() ? Floats.get(in.get(4).segment(), channel) : 0;
                }
                rows.load(x.segment(), t / rows.tasks(), task, ALL, rows.positions(), v);
                ChannelRows.normalise(v, width, rows.positions(), mean, factor, bias);
                rows.store(v, t / rows.tasks(), task, ALL, rows.positions(), y.segment());
            }
        });
        return List.of(y);
    }

    /** weight / sqrt(var + eps). */
    static double factor(BatchNormEval op, List<Tensor> in, int channel) {
        double w = op.affine() ? Floats.get(in.get(3).segment(), channel) : 1;
        return w / Math.sqrt(Floats.get(in.get(2).segment(), channel) + op.eps());
    }
}
