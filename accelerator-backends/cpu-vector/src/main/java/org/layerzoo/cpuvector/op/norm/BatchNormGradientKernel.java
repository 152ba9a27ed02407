package org.layerzoo.cpuvector.op.norm;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;
import org.layerzoo.core.op.GradientOf;
import org.layerzoo.core.op.norm.BatchNorm;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.cpuvector.Floats;
import org.layerzoo.cpuvector.Kernel;
import org.layerzoo.cpuvector.Loan;
import org.layerzoo.cpuvector.Workers;

/**
 * Gradients of batch norm, a block of channels a task. With c = x - mean, r = 1 / sqrt(var + eps), N valid positions: dx = w r (dy - mean dy -
 * c r^2 mean(dy c)) + dmean / N + 2 c dvar / N.
 */
public final class BatchNormGradientKernel implements Kernel<GradientOf> {
    private final BatchNormKernel forward = new BatchNormKernel();

    @Override
    public Optional<String> refusal(GradientOf op, List<TensorSpec> in) {
        return forward.refusal((BatchNorm) op.op(), in.subList(0, op.inputs()));
    }

    @Override
    public List<Tensor> run(GradientOf op, List<Tensor> in) {
        BatchNorm norm = (BatchNorm) op.op();
        Tensor x = in.getFirst();
        Tensor dx = Tensor.allocate(x.spec());
        Tensor dWeight = Tensor.allocate(DType.F32, x.dim(1));
        Tensor dBias = Tensor.allocate(DType.F32, x.dim(1));
        Optional<Tensor> mask = norm.masked() ? Optional.of(in.get(op.inputs() - 1)) : Optional.empty();
        ChannelRows rows = ChannelRows.of(x.shape(), mask);
        long count = BatchNormKernel.count(rows);
        IntFunction<Optional<Tensor>> given = i -> {
            int at = op.given().indexOf(i);
            return at < 0 ? Optional.empty() : Optional.of(in.get(op.inputs() + op.outputs() + at));
        };
        Call call = new Call(norm, in, rows, count, given.apply(0), given.apply(1), given.apply(2), dx, dWeight, dBias);
        Workers.run(rows.tasks(), 16 * x.size(), call::task);
        return op.wanted().stream().map(i -> List.of(dx, dWeight, dBias).get(i)).toList();
    }

    private record Call(
            BatchNorm norm,
            List<Tensor> in,
            ChannelRows rows,
            long count,
            Optional<Tensor> dy,
            Optional<Tensor> dMean,
            Optional<Tensor> dVar,
            Tensor dx,
            Tensor dWeight,
            Tensor dBias) {
        void task(int task) {
            int width = rows.width(task);
            try (Loan loan = Loan.open()) {
                var c = BatchNormKernel.Channels.of(loan, rows, in.getFirst().segment(), task, count);
                float[] g = loan.zeros(rows.room());
                double[] sums = loan.doubles(width), products = loan.doubles(width);
                double[] wide = loan.doubles(rows.positions()), lanes = loan.doubles(ChannelRows.lanes());
                Arrays.fill(sums, 0, width, 0);
                Arrays.fill(products, 0, width, 0);
                for (int b = 0; b < rows.batch() && dy.isPresent(); b++) {
                    int n = c.load(b);
                    rows.load(dy.get().segment(), b, task, c.valid, n, g);
                    ChannelRows.sums(g, width, n, sums, lanes);
                    ChannelRows.products(c.v, g, width, n, c.mean, products, wide, lanes);
                }
                double[] own = loan.doubles(width), along = loan.doubles(width), even = loan.doubles(width);
                for (int i = 0; i < width; i++) {
                    channel(task * rows.block() + i, i, c.var[i], sums[i], products[i], own, along, even);
                }
                for (int b = 0; b < rows.batch(); b++) {
                    int n = c.load(b);
                    if (dy.isPresent()) {
                        rows.load(dy.get().segment(), b, task, c.valid, n, g);
                    } else {
                        Arrays.fill(g, 0f);
                    }
                    ChannelRows.combine(g, c.v, width, n, c.mean, own, along, even);
                    rows.store(g, b, task, c.valid, n, dx.segment());
                }
            }
        }

        /** The factors of dy, of x - mean and of 1 in dx, and the gradients of weight and bias. */
        private void channel(
                int channel,
                int i,
                double var,
                double sum,
                double product,
                double[] own,
                double[] along,
                double[] even) {
            double n = Math.max(1, count);
            double w = norm.affine() ? Floats.get(in.get(1).segment(), channel) : 1;
            double r = 1 / Math.sqrt(var + norm.eps());
            own[i] = w * r;
            along[i] = (2 * at(dVar, channel) - w * r * r * r * product) / n;
            even[i] = (at(dMean, channel) - w * r * sum) / n;
            Floats.set(dWeight.segment(), channel, (float) (product * r));
            Floats.set(dBias.segment(), channel, (float) sum);
        }

        private static double at(Optional<Tensor> t, int i) {
            return t.map(x -> (double) Floats.get(x.segment(), i)).orElse(0.0);
        }
    }
}
