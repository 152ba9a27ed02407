package org.layerzoo.cpuvector.op.norm;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.layerzoo.core.op.norm.BatchNorm;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.cpuvector.Floats;
import org.layerzoo.cpuvector.Kernel;
import org.layerzoo.cpuvector.Loan;
import org.layerzoo.cpuvector.Workers;

/** Batch norm in training, a block of channels a task: means, then squares about them, both summed in double, then the normalised numbers. */
public final class BatchNormKernel implements Kernel<BatchNorm> {
    @Override
    public Optional<String> refusal(BatchNorm op, List<TensorSpec> in) {
        TensorSpec x = in.getFirst();
        if (x.dtype() != DType.F32 || x.shape().size() == 0) {
            return Optional.of("no loop for " + x);
        }
        Shape samples = x.shape().without(1);
        return !op.masked() || in.getLast().shape().equals(samples)
                ? Optional.empty()
                : Optional.of("a mask that is broadcast");
    }

    @Override
    public List<Tensor> run(BatchNorm op, List<Tensor> in) {
        Tensor x = in.getFirst();
        int channels = x.dim(1);
        Tensor y = Tensor.allocate(x.spec());
        Tensor mean = Tensor.allocate(DType.F32, channels);
        Tensor var = Tensor.allocate(DType.F32, channels);
        ChannelRows rows = ChannelRows.of(x.shape(), op.masked() ? Optional.of(in.getLast()) : Optional.empty());
        long count = count(rows);
        Workers.run(rows.tasks(), 6 * x.size(), task -> {
            int width = rows.width(task);
            try (Loan loan = Loan.open()) {
                Channels c = Channels.of(loan, rows, x.segment(), task, count);
                double[] factor = loan.doubles(width), bias = loan.doubles(width);
                for (int i = 0; i < width; i++) {
                    int channel = task * rows.block() + i;
                    double w = op.affine() ? Floats.get(in.get(1).segment(), channel) : 1;
                    factor[i] = w / Math.sqrt(c.var[i] + op.eps());
                    bias[i] = op.affine() ? Floats.get(in.get(2).segment(), channel) : 0;
                    Floats.set(mean.segment(), channel, (float) c.mean[i]);
                    Floats.set(var.segment(), channel, (float) c.var[i]);
                }
                for (int b = 0; b < rows.batch(); b++) {
                    int n = c.load(b);
                    ChannelRows.normalise(c.v, width, n, c.mean, factor, bias);
                    rows.store(c.v, b, task, c.valid, n, y.segment());
                }
            }
        });
        return List.of(y, mean, var, Tensor.scalar(DType.F32, count));
    }

    /** Valid positions of all samples. */
    static long count(ChannelRows rows) {
        try (Loan loan = Loan.open()) {
            int[] valid = loan.ints(rows.positions());
            long n = 0;
            for (int b = 0; b < rows.batch(); b++) {
                n += rows.valid(b, valid);
            }
            return n;
        }
    }

    /** A task's channels with their statistics. */
    static final class Channels {
        final float[] v;
        final int[] valid;
        final double[] mean;
        final double[] var;
        private final ChannelRows rows;
        private final MemorySegment x;
        private final int task;

        private Channels(Loan loan, ChannelRows rows, MemorySegment x, int task) {
            this.rows = rows;
            this.x = x;
            this.task = task;
            v = loan.floats(rows.room());
            valid = loan.ints(rows.positions());
            mean = loan.doubles(rows.block());
            var = loan.doubles(rows.block());
        }

        static Channels of(Loan loan, ChannelRows rows, MemorySegment x, int task, long count) {
            Channels c = new Channels(loan, rows, x, task);
            c.statistics(loan.doubles(ChannelRows.lanes()), Math.max(1, count));
            return c;
        }

        private void statistics(double[] lanes, long count) {
            int width = rows.width(task);
            Arrays.fill(mean, 0, width, 0);
            Arrays.fill(var, 0, width, 0);
            for (int b = 0; b < rows.batch(); b++) {
                ChannelRows.sums(v, width, load(b), mean, lanes);
            }
            divide(mean, width, count);
            for (int b = 0; b < rows.batch(); b++) {
                ChannelRows.squares(v, width, load(b), mean, var, lanes);
            }
            divide(var, width, count);
        }

        private static void divide(double[] x, int n, long by) {
            for (int i = 0; i < n; i++) {
                x[i] /= by;
            }
        }

        /** A sample's numbers. @return valid positions a channel */
        int load(int sample) {
            int n = rows.valid(sample, valid);
            rows.load(x, sample, task, valid, n, v);
            return n;
        }
    }
}
