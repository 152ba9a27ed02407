package org.layerzoo.kernels.op.attend;

import java.util.List;
import org.layerzoo.core.gpu.Args;
import org.layerzoo.core.gpu.Gpu;
import org.layerzoo.core.gpu.Grid;
import org.layerzoo.core.op.Wide;
import org.layerzoo.core.op.attend.Normaliser;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.kernels.Lines;
import org.layerzoo.kernels.Sources;
import org.layerzoo.kernels.op.attend.Pairs.Sum;
import org.layerzoo.kernels.op.attend.Pairs.What;

/** The facts of rows, as attend.h has them, that are sums over the pairs of all sections. */
final class RowFacts {
    /** In the order of the source's enumeration. */
    private enum Step {
        MEAN,
        DEVIATION,
        PULLED_MEAN,
        PULLED_DEVIATION,
        PULLED
    }

    private final Gpu gpu;
    private final List<KeySection> sections;
    private final Tensor q;
    private final Tensor headMap;

    RowFacts(Gpu gpu, List<KeySection> sections, Tensor q, Tensor headMap) {
        this.gpu = gpu;
        this.sections = sections;
        this.q = q;
        this.headMap = headMap;
    }

    /**
     * Of rows whose scores are moved to mean 0 and deviation 1.
     *
     * @param facts [2, rows]: the mean, and 1 / (deviation + eps)
     */
    record Moments(Tensor facts, Tensor count, Tensor spread) {}

    /** Three passes over the scores: counts and sums, then squares of the distances from the mean, since their sum is small beside the scores'. */
    Moments moments(Normaliser.MeanStd norm) {
        Tensor facts = pair();
        Pairs pairs = new Pairs(gpu, q, q, headMap, facts, facts);
        Tensor count = sum(pairs, What.SEEN);
        Tensor scores = sum(pairs, What.SCORE);
        step(Step.MEAN, scores, count, count, q, facts, norm.eps());
        Tensor spread = sum(pairs, What.SPREAD);
        step(Step.DEVIATION, scores, count, spread, q, facts, norm.eps());
        return new Moments(facts, count, spread);
    }

    /** For the gradient to scores: the mean of the gradients to a row's weights, and the slope of its deviation. */
    Tensor pulled(Normaliser.MeanStd norm, Moments m, Tensor dO, Tensor gain) {
        Tensor out = pair();
        Pairs pairs = new Pairs(gpu, q, dO, headMap, m.facts, m.facts);
        step(Step.PULLED_MEAN, sum(pairs, What.PULL), m.count, m.spread, gain, out, norm.eps());
        step(Step.PULLED_DEVIATION, sum(pairs, What.PULL_SCORE), m.count, m.spread, gain, out, norm.eps());
        return out;
    }

    /** The weighted sum of the gradients to a row's weights, less {@code dLse} where it is given. */
    Tensor pulled(Tensor lse, Tensor dO, Tensor dLse, boolean withLse) {
        Tensor out = gpu.empty(TensorSpec.of(Wide.of(q.dtype()), rows()));
        Tensor sum = sum(new Pairs(gpu, q, dO, headMap, lse, lse), What.PULL_WEIGHT);
        step(Step.PULLED, sum, dLse, sum, q, out, withLse ? 1 : 0);
        return out;
    }

    private int rows() {
        return Math.toIntExact(q.shape().product(0, 3));
    }

    private Tensor pair() {
        return gpu.empty(TensorSpec.of(Wide.of(q.dtype()), 2, rows()));
    }

    private Tensor sum(Pairs pairs, What what) {
        Tensor out = gpu.empty(TensorSpec.of(Wide.of(q.dtype()), rows()));
        for (KeySection keys : sections) {
            Sum s = Sum.of(q.dim(0), q.dim(1), q.dim(2), 1).more(keys != sections.getFirst());
            pairs.sum(keys, what, s, out);
        }
        return out;
    }

    private void step(Step step, Tensor sum, Tensor count, Tensor spread, Tensor gain, Tensor out, double eps) {
        long rows = rows();
        boolean second = step == Step.DEVIATION || step == Step.PULLED_DEVIATION;
        Args args = Args.of(sum, count, spread, gain, out)
                .i64(rows)
                .i64(second ? rows : 0)
                .i32(q.dim(1), q.dim(2), step.ordinal());
        gpu.launch(
                Sources.of("attend_pairs", q.dtype(), "attend_facts"),
                Grid.over(rows, 256),
                Lines.number(args, q.dtype(), eps));
    }
}
