package org.layerzoo.plugins.hedgehog.check;

import java.util.LinkedHashMap;
import java.util.SequencedMap;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.spi.CheckContext;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.nn.FiguresProbe;
import org.pf4j.Extension;

/**
 * How the weights of 64 random tokens compare with those of softmax: mean entropy of a row, and by how much their order within a row is that of the
 * scores (rank correlation, under "order of"), for the learned map after 500 steps of distillation and the maps that the paper compares.
 */
@Extension
public final class EntropyProbe extends FiguresProbe {
    /** Random features of Performer, as many as the learned map has. */
    private static final int FEATURES = 16;

    public EntropyProbe() {
        super("entropy", "Mean entropy of a row of weights, and agreement of its order with the scores");
    }

    @Override
    protected SequencedMap<String, Double> figures(CheckContext c) {
        HedgehogChecks.Distilled d = HedgehogChecks.Distilled.of(c);
        SequencedMap<String, Tensor> weights = new LinkedHashMap<>();
        weights.put("softmax", d.softmax());
        weights.put("hedgehog", d.learned());
        weights.put("elu", d.elu());
        weights.put("relu", over(Ops.relu(d.q()).matmulT(Ops.relu(d.k()))));
        weights.put("performer", performer(c, d.q(), d.k()));
        weights.put("cosformer", cosine(Ops.relu(d.q()).matmulT(Ops.relu(d.k()))));
        weights.put("exp", over(Ops.exp(d.q()).matmulT(Ops.exp(d.k()))));
        weights.put("exp of 2 x", over(Ops.exp(d.q().mul(2)).matmulT(Ops.exp(d.k().mul(2)))));
        Tensor s = d.q().matmulT(d.k());
        weights.put("taylor", over(s.mul(s.mul(0.5).add(1)).add(1)));
        SequencedMap<String, Double> out = new LinkedHashMap<>();
        weights.forEach((name, w) -> {
            out.put(name, entropy(w));
            out.put("order of " + name, HedgehogChecks.spearman(d.softmax(), w));
        });
        return out;
    }

    /** Weights of products of features; a row without any weighs nothing. */
    private static Tensor over(Tensor products) {
        return products.div(products.sumKeep(-1).add(1e-6));
    }

    /** exp(w x - |x|^2 / 2) for random w. */
    private static Tensor performer(CheckContext c, Tensor q, Tensor k) {
        Tensor w = c.normal("features", FEATURES, q.dim(3));
        return over(positive(q, w).matmulT(positive(k, w)));
    }

    private static Tensor positive(Tensor x, Tensor w) {
        return Ops.exp(x.matmulT(w).sub(Ops.square(x).sumKeep(-1).mul(0.5)));
    }

    /** Times cos(pi / 2 (i - j) / n). */
    private static Tensor cosine(Tensor products) {
        int n = products.dim(-1);
        Tensor at = Ops.iota(DType.F32, n);
        return over(products.mul(Ops.cos(at.unsqueeze(1).sub(at).mul(Math.PI / 2 / n))));
    }

    private static double entropy(Tensor w) {
        Tensor log = Ops.log(Ops.maximum(w, Tensor.scalar(w.dtype(), 1e-30)));
        return w.mul(log).sum(-1).neg().mean().item();
    }
}
