package org.layerzoo.cpuvector.op.norm;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.layerzoo.core.op.GradientOf;
import org.layerzoo.core.op.norm.BatchNormEval;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.cpuvector.Floats;
import org.layerzoo.cpuvector.Kernel;
import org.layerzoo.cpuvector.Loan;
import org.layerzoo.cpuvector.Workers;

/** Gradients of batch norm with fixed statistics, which have gradients too; a block of channels through all samples a task, sums in double. */
public final class BatchNormEvalGradientKernel implements Kernel<GradientOf> {
    private static final int[] ALL = {};
    private final BatchNormEvalKernel forward = new BatchNormEvalKernel();

    @Override
    public Optional<String> refusal(GradientOf op, List<TensorSpec> in) {
        return forward.refusal((BatchNormEval) op.op(), in.subList(0, op.inputs()));
    }

    @Override
    public List<Tensor> run(GradientOf op, List<Tensor> in) {
        List<Tensor> grads = in.subList(0, op.inputs()).stream()
                .map(t -> Tensor.allocate(t.spec()))
                .toList();
        ChannelRows rows = ChannelRows.of(in.getFirst().shape(), Optional.empty());
        Call call = new Call((BatchNormEval) op.op(), in, rows, in.getLast(), grads);
        Workers.run(rows.tasks(), 8 * in.getFirst().size(), call::task);
        return op.wanted().stream().map(grads::get).toList();
    }

    private record Call(BatchNormEval op, List<Tensor> in, ChannelRows rows, Tensor dy, List<Tensor> grads) {
        void task(int task) {
            int width = rows.width(task);
            int n = rows.positions();
            try (Loan loan = Loan.open()) {
                float[] v = loan.floats(rows.room()), g = loan.floats(rows.room());
                double[] mean = loan.doubles(width), zero = loan.doubles(width), factor = loan.doubles(width);
                double[] sums = loan.doubles(width), products = loan.doubles(width);
                double[] wide = loan.doubles(n), lanes = loan.doubles(ChannelRows.lanes());
                for (double[] a : List.of(zero, sums, products)) {
                    Arrays.fill(a, 0, width, 0);
                }
                for (int i = 0; i < width; i++) {
                    mean[i] = Floats.get(in.get(1).segment(), task * rows.block() + i);
                    factor[i] = BatchNormEvalKernel.factor(op, in, task * rows.block() + i);
                }
                for (int b = 0; b < rows.batch(); b++) {
                    rows.load(in.getFirst().segment(), b, task, ALL, n, v);
                    rows.load(dy.segment(), b, task, ALL, n, g);
                    ChannelRows.sums(g, width, n, sums, lanes);
                    ChannelRows.products(v, g, width, n, mean, products, wide, lanes);
                    ChannelRows.normalise(g, width, n, zero, factor, zero);
                    rows.store(g, b, task, ALL, n, grads.getFirst().segment());
                }
                for (int i = 0; i < width; i++) {
                    channel(task * rows.block() + i, factor[i], sums[i], products[i]);
                }
            }
        }

        private void channel(int channel, double factor, double sum, double product) {
            double var = Floats.get(in.get(2).segment(), channel) + op.eps();
            set(1, channel, -factor * sum);
            set(2, channel, -0.5 * factor / var * product);
            if (op.affine()) {
                set(3, channel, product / Math.sqrt(var));
                set(4, channel, sum);
            }
        }

        private void set(int input, int channel, double value) {
            Floats.set(grads.get(input).segment(), channel, (float) value);
        }
    }
}
