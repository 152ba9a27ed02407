package org.layerzoo.cpuvector.op.norm;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.layerzoo.core.op.GradientOf;
import org.layerzoo.core.op.norm.ResponseNorm;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.cpuvector.Floats;
import org.layerzoo.cpuvector.Kernel;
import org.layerzoo.cpuvector.Loan;
import org.layerzoo.cpuvector.Workers;

/**
 * Gradients of global response normalisation. With q = sum over positions of dy x, m = mean of norms g + eps, n = g / m: dgamma = sum n q;
 * dg = gamma q / m - sum(gamma q g) / (m^2 C); dx = (gamma n + 1) dy + dg x / g, where a silent channel has no slope of its norm.
 */
public final class ResponseNormGradientKernel implements Kernel<GradientOf> {
    private final ResponseNormKernel forward = new ResponseNormKernel();

    @Override
    public Optional<String> refusal(GradientOf op, List<TensorSpec> in) {
        return forward.refusal((ResponseNorm) op.op(), in.subList(0, op.inputs()));
    }

    @Override
    public List<Tensor> run(GradientOf op, List<Tensor> in) {
        ResponseNorm norm = (ResponseNorm) op.op();
        List<Tensor> grads = in.subList(0, op.inputs()).stream()
                .map(t -> Tensor.allocate(t.spec()))
                .toList();
        Tensor x = in.getFirst();
        ResponseSums sums = ResponseSums.of(x.shape());
        int c = sums.channels();
        MemorySegment from = x.segment(),
                dy = in.getLast().segment(),
                dx = grads.getFirst().segment();
        try (Loan loan = Loan.open()) {
            double[] norms = loan.doubles(sums.batch() * c), both = loan.doubles(2 * sums.batch() * c);
            ResponseNormKernel.norms(sums, from, norms);
            sums.sum(from, dy, both);
            double[] dGamma = loan.doubles(c), dBeta = loan.doubles(c);
            Arrays.fill(dGamma, 0, c, 0);
            Arrays.fill(dBeta, 0, c, 0);
            float[] own = loan.floats(sums.batch() * c), along = loan.floats(sums.batch() * c);
            for (int b = 0; b < sums.batch(); b++) {
                double share = ResponseNormKernel.share(norms, b * c, c, norm.eps());
                factors(in.get(1).segment(), norms, both, b, c, share, own, along, dGamma, dBeta);
            }
            Workers.run(sums.tasks(), 4 * x.size(), t -> combine(sums, t, from, dy, own, along, dx));
            for (int k = 0; k < c; k++) {
                Floats.set(grads.get(1).segment(), k, (float) dGamma[k]);
                Floats.set(grads.get(2).segment(), k, (float) dBeta[k]);
            }
        }
        return op.wanted().stream().map(grads::get).toList();
    }

    /** Of a sample: the factors of dy and of x in dx, and what it adds to the gradients of gamma and beta. */
    private static void factors(
            MemorySegment gamma,
            double[] norms,
            double[] both,
            int sample,
            int c,
            double share,
            float[] own,
            float[] along,
            double[] dGamma,
            double[] dBeta) {
        int at = sample * c;
        double total = 0;
        for (int k = 0; k < c; k++) {
            total += Floats.get(gamma, k) * both[2 * at + k] * norms[at + k];
        }
        for (int k = 0; k < c; k++) {
            double q = both[2 * at + k], g = norms[at + k], w = Floats.get(gamma, k);
            dGamma[k] += g * share * q;
            dBeta[k] += both[2 * at + c + k];
            own[at + k] = (float) (w * g * share + 1);
            along[at + k] = g == 0 ? 0 : (float) ((w * q * share - total * share * share / c) / g);
        }
    }

    private static void combine(
            ResponseSums sums,
            int task,
            MemorySegment x,
            MemorySegment dy,
            float[] own,
            float[] along,
            MemorySegment dx) {
        int c = sums.channels();
        int n = sums.count(task) * c;
        int sample = task / sums.blocks() * c;
        try (Loan loan = Loan.open()) {
            float[] v = loan.floats(n), g = loan.floats(n);
            Floats.load(x, sums.at(task), v, 0, n);
            Floats.load(dy, sums.at(task), g, 0, n);
            for (int i = 0; i < n; i += c) {
                for (int k = 0; k < c; k++) {
                    g[i + k] = g[i + k] * own[sample + k] + v[i + k] * along[sample + k];
                }
            }
            Floats.store(g, 0, dx, sums.at(task), n);
        }
    }
}
