package org.layerzoo.plugins.scatterbrain.check;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeMap;
import org.layerzoo.core.op.Errors;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.spi.CheckContext;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.nn.FiguresProbe;
import org.layerzoo.nn.linear.PositiveFeatures;
import org.layerzoo.plugins.scatterbrain.Round;
import org.layerzoo.plugins.scatterbrain.SparsePlusLowRank;
import org.pf4j.Extension;

/**
 * Relative Frobenius errors of the softmax matrix of 512 random tokens at temperatures 0.25 to 8 and a budget of 64 numbers a row: 64
 * orthogonal features, clusters of 64, or clusters of 32 with 32 features.
 */
@Extension
public final class ErrorProbe extends FiguresProbe {
    private static final int N = 512;
    private static final int DIM = 16;
    private static final int BUDGET = 64;

    public ErrorProbe() {
        super("error", "Relative error of the softmax matrix at a budget of 64");
    }

    /** Temperatures tau of the scores by the names of their figures. */
    private static final Map<String, Double> TEMPERATURES = new TreeMap<>(
            Map.of("_quarter", 0.25, "_half", 0.5, "_one", 1.0, "_two", 2.0, "_four", 4.0, "_eight", 8.0));

    @Override
    protected SequencedMap<String, Double> figures(CheckContext c) {
        SequencedMap<String, Double> out = new LinkedHashMap<>();
        TEMPERATURES.forEach((name, tau) -> out.putAll(at(c, name, tau)));
        return out;
    }

    /** Queries and keys take the root of the temperature each. */
    private static SequencedMap<String, Double> at(CheckContext c, String name, double temperature) {
        Tensor q = c.normal64("q", 1, 1, N, DIM).mul(Math.sqrt(temperature));
        Tensor k = c.normal64("k", 1, 1, N, DIM).mul(Math.sqrt(temperature));
        Tensor exact = Fused.softmax(q.matmulT(k).div(Math.sqrt(DIM)), -1);
        SequencedMap<String, Double> out = new LinkedHashMap<>();
        out.put("low" + name, Errors.relative(matrix(c, q, k, BUDGET, 0), exact));
        out.put("sparse" + name, Errors.relative(matrix(c, q, k, 0, BUDGET), exact));
        out.put("both" + name, Errors.relative(matrix(c, q, k, BUDGET / 2, BUDGET / 2), exact));
        return out;
    }

    /** Of no features: none of any size. */
    private static Tensor matrix(CheckContext c, Tensor q, Tensor k, int features, int cluster) {
        Tensor none = Tensor.full(DType.F64, Double.NEGATIVE_INFINITY, 1, 1, N, 2);
        Tensor w =
                PositiveFeatures.rows(true).values("W", Shape.of(Math.max(1, features / 2), DIM), DType.F64, c.draws());
        double root = Math.pow(DIM, -0.25);
        Tensor a = features == 0 ? none : PositiveFeatures.logs(q.mul(root), w, true);
        Tensor b = features == 0 ? none : PositiveFeatures.logs(k.mul(root), w, true);
        List<Round> rounds = cluster == 0
                ? List.of()
                : Round.hashed(
                        q, k, c.normal64("alpha", DIM + 2, 1), c.draws().uniform("beta", DType.F64, 1, 1), cluster, N);
        Tensor eye = Ops.oneHot(Ops.iota(DType.I64, N), N, DType.F64).reshape(1, 1, N, N);
        return new SparsePlusLowRank(q, k, eye, a, b, rounds, false).read();
    }
}
