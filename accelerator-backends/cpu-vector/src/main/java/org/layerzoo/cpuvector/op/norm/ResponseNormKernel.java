package org.layerzoo.cpuvector.op.norm;

import static jdk.incubator.vector.FloatVector.fromArray;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import jdk.incubator.vector.VectorSpecies;
import org.layerzoo.core.op.norm.ResponseNorm;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.cpuvector.Floats;
import org.layerzoo.cpuvector.Kernel;
import org.layerzoo.cpuvector.Loan;
import org.layerzoo.cpuvector.Width;
import org.layerzoo.cpuvector.Workers;

/** Global response normalisation: one pass for the norms of channels, one that multiplies and adds; lanes are channels. */
public final class ResponseNormKernel implements Kernel<ResponseNorm> {
    private static final VectorSpecies<Float> S = Width.FLOATS;
    private static final int L = Width.LANES;

    @Override
    public Optional<String> refusal(ResponseNorm op, List<TensorSpec> in) {
        TensorSpec x = in.getFirst();
        return x.dtype() == DType.F32 && x.shape().size() > 0 ? Optional.empty() : Optional.of("no loop for " + x);
    }

    @Override
    public List<Tensor> run(ResponseNorm op, List<Tensor> in) {
        Tensor x = in.getFirst();
        Tensor y = Tensor.allocate(x.spec());
        ResponseSums sums = ResponseSums.of(x.shape());
        int c = sums.channels();
        MemorySegment from = x.segment(), to = y.segment();
        try (Loan loan = Loan.open()) {
            double[] norms = loan.doubles(sums.batch() * c);
            norms(sums, from, norms);
            float[] factor = loan.floats(sums.batch() * c), bias = loan.floats(c);
            Floats.load(in.get(2).segment(), 0, bias, 0, c);
            for (int b = 0; b < sums.batch(); b++) {
                double share = share(norms, b * c, c, op.eps());
                for (int i = 0; i < c; i++) {
                    double n = norms[b * c + i] * share;
                    factor[b * c + i] = (float) (Floats.get(in.get(1).segment(), i) * n + 1);
                }
            }
            Workers.run(sums.tasks(), 2 * x.size(), t -> scale(sums, t, from, factor, bias, to));
        }
        return List.of(y);
    }

    private static void scale(
            ResponseSums sums, int task, MemorySegment from, float[] factor, float[] bias, MemorySegment to) {
        int c = sums.channels();
        int n = sums.count(task) * c;
        int sample = task / sums.blocks() * c;
        try (Loan loan = Loan.open()) {
            float[] v = loan.floats(n);
            Floats.load(from, sums.at(task), v, 0, n);
            for (int i = 0; i < n; i += c) {
                row(v, i, c, factor, sample, bias);
            }
            Floats.store(v, 0, to, sums.at(task), n);
        }
    }

    /** v = v factor + bias. */
    private static void row(float[] v, int at, int n, float[] factor, int from, float[] bias) {
        int k = 0;
        for (; k + L <= n; k += L) {
            fromArray(S, v, at + k)
                    .fma(fromArray(S, factor, from + k), fromArray(S, bias, k))
                    .intoArray(v, at + k);
        }
        for (; k < n; k++) {
            v[at + k] = Math.fma(v[at + k], factor[from + k], bias[k]);
        }
    }

    /** L2 norms of channels over the positions of their sample [B, C]. */
    static void norms(ResponseSums sums, MemorySegment x, double[] to) {
        int c = sums.channels();
        try (Loan loan = Loan.open()) {
            double[] both = loan.doubles(2 * sums.batch() * c);
            sums.sum(x, x, both);
            for (int i = 0; i < sums.batch() * c; i++) {
                to[i] = Math.sqrt(both[i / c * 2 * c + i % c]);
            }
        }
    }

    /** 1 / (mean of a sample's norms + eps). */
    static double share(double[] norms, int at, int c, double eps) {
        double mean = 0;
        for (int i = 0; i < c; i++) {
            mean += norms[at + i];
        }
        return 1 / (mean / c + eps);
    }
}
