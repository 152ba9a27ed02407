package org.layerzoo.cpuvector.op.norm;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import org.layerzoo.core.op.GradientOf;
import org.layerzoo.core.op.norm.GroupNorm;
import org.layerzoo.core.op.norm.Root;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.cpuvector.Floats;
import org.layerzoo.cpuvector.Kernel;
import org.layerzoo.cpuvector.Loan;
import org.layerzoo.cpuvector.Width;
import org.layerzoo.cpuvector.Workers;

/** Gradients of group norm: a task a group of a sample, which is a row of some channels with one weight each. */
public final class GroupNormGradientKernel implements Kernel<GradientOf> {
    private static final float[] NONE = {};

    @Override
    public Optional<String> refusal(GradientOf op, List<TensorSpec> in) {
        TensorSpec x = in.getFirst();
        return x.dtype() == DType.F32 && x.shape().size() > 0 ? Optional.empty() : Optional.of("no loop for " + x);
    }

    @Override
    public List<Tensor> run(GradientOf op, List<Tensor> in) {
        GroupNorm norm = (GroupNorm) op.op();
        Tensor x = in.getFirst();
        int batch = x.dim(0);
        int channels = x.dim(1);
        int positions = Math.toIntExact(x.shape().product(2, x.rank()));
        Tensor dx = Tensor.allocate(x.spec());
        float[] weight = norm.affine() ? in.get(1).toFloats() : new float[0];
        try (Loan loan = Loan.open()) {
            // per sample and channel: the sums of dy xhat and of dy
            double[] sums = loan.doubles(2 * batch * channels);
            Call call = new Call(
                    norm, x.segment(), in.getLast().segment(), dx.segment(), weight, channels, positions, sums);
            Workers.run(batch * norm.groups(), 16 * x.size(), call::group);
            return op.wanted().stream()
                    .map(i -> i == 0 ? dx : joined(in.get(i), sums, i - 1, batch, channels))
                    .toList();
        }
    }

    /** Sums over samples. @param which 0 the weight's, 1 the bias's */
    private static Tensor joined(Tensor p, double[] sums, int which, int batch, int channels) {
        Tensor out = Tensor.allocate(p.spec());
        for (int c = 0; c < channels; c++) {
            double y = 0;
            for (int b = 0; b < batch; b++) {
                y += sums[2 * (b * channels + c) + which];
            }
            Floats.set(out.segment(), c, (float) y);
        }
        return out;
    }

    private record Call(
            GroupNorm norm,
            MemorySegment x,
            MemorySegment dy,
            MemorySegment dx,
            float[] weight,
            int channels,
            int positions,
            double[] sums) {
        void group(int row) {
            int own = channels / norm.groups();
            int n = own * positions;
            try (Loan loan = Loan.open()) {
                float[] v = loan.floats(n);
                float[] g = loan.floats(n);
                double[] gw = loan.doubles(positions);
                double[] lanes = loan.doubles(Width.LANES);
                Floats.load(x, (long) row * n, v, 0, n);
                Floats.load(dy, (long) row * n, g, 0, n);
                RowStatistics s = RowStatistics.of(v, 0, n, true, n, Root.INSIDE, norm.eps(), lanes);
                int first = row % norm.groups() * own;
                double along = 0;
                double even = 0;
                for (int c = 0; c < own; c++) {
                    DoubleRow.widen(g, c * positions, NONE, gw, positions);
                    double products = DoubleRow.products(v, c * positions, gw, positions, s.mean(), lanes);
                    double sum = DoubleRow.sum(gw, positions, lanes);
                    int at = 2 * (row * own + c);
                    sums[at] = products * s.factor();
                    sums[at + 1] = sum;
                    along += products * weight(first + c);
                    even += sum * weight(first + c);
                }
                for (int c = 0; c < own; c++) {
                    double w = weight(first + c);
                    DoubleRow.widen(g, c * positions, NONE, gw, positions);
                    DoubleRow.scale(gw, positions, w);
                    DoubleRow.combine(
                            v, c * positions, gw, positions, s.mean(), even / n, s.factor(), along * s.slope(), g);
                }
                Floats.store(g, 0, dx, (long) row * n, n);
            }
        }

        private double weight(int channel) {
            return weight.length == 0 ? 1 : weight[channel];
        }
    }
}
