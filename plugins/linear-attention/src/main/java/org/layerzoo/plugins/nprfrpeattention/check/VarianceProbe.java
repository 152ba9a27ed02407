package org.layerzoo.plugins.nprfrpeattention.check;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.SequencedMap;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.spi.CheckContext;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.nn.FiguresProbe;
import org.layerzoo.nn.linear.PositiveFeatures;
import org.pf4j.Extension;

/**
 * How far positive random features miss exp(q . k) for random directions of 16 numbers: the relative variance of one feature over 100000
 * rows, over the theory's exp(|q + k|^2) - 1, at length 1; and the median relative error of 64 features over 1000 pairs at lengths 1 and 3.
 */
@Extension
public final class VarianceProbe extends FiguresProbe {
    private static final int DIM = 16;
    private static final int ROWS = 100_000;
    private static final int FEATURES = 64;
    private static final int PAIRS = 1000;

    public VarianceProbe() {
        super("variance", "Errors of positive random features");
    }

    @Override
    protected SequencedMap<String, Double> figures(CheckContext c) {
        Tensor q = directions(c, "q", 1);
        Tensor k = directions(c, "k", 1);
        double length = Ops.square(q.add(k)).sum().item();
        double[] x = products(q, k, c.normal64("W", ROWS, DIM)).mul(ROWS).toDoubles();
        double mean = Arrays.stream(x).average().orElseThrow();
        double variance =
                Arrays.stream(x).map(v -> (v - mean) * (v - mean)).average().orElseThrow();
        SequencedMap<String, Double> out = new LinkedHashMap<>();
        out.put("variance_over_theory", variance / (mean * mean) / (Math.exp(length) - 1));
        out.put("error_of_length_1", error(c, 1));
        out.put("error_of_length_3", error(c, 3));
        return out;
    }

    private static Tensor directions(CheckContext c, String name, int n) {
        Tensor x = c.normal64(name, n, DIM);
        return x.div(Ops.sqrt(Ops.square(x).sumKeep(1)));
    }

    /** phi(q)_r phi(k)_r of each row of W [m, d] for rows of q and k, [n, m]. */
    private static Tensor products(Tensor q, Tensor k, Tensor w) {
        return Ops.exp(PositiveFeatures.logs(q, w, false).add(PositiveFeatures.logs(k, w, false)));
    }

    private static double error(CheckContext c, double length) {
        Tensor q = directions(c, "queries", PAIRS).mul(length);
        Tensor k = directions(c, "keys", PAIRS).mul(length);
        Tensor estimate = products(q, k, c.normal64("features", FEATURES, DIM)).sum(1);
        Tensor truth = Ops.exp(q.mul(k).sum(1));
        double[] e = Ops.abs(estimate.div(truth).sub(1)).toDoubles();
        Arrays.sort(e);
        return (e[PAIRS / 2 - 1] + e[PAIRS / 2]) / 2;
    }
}
