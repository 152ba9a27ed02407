package org.layerzoo.kernels.op.attend;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.gpu.Args;
import org.layerzoo.core.gpu.Gpu;
import org.layerzoo.core.gpu.GpuKernel;
import org.layerzoo.core.gpu.Grid;
import org.layerzoo.core.op.GradientOf;
import org.layerzoo.core.op.Wide;
import org.layerzoo.core.op.attend.Attend;
import org.layerzoo.core.op.attend.Normaliser;
import org.layerzoo.core.op.attend.Wants;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.kernels.Plan;
import org.layerzoo.kernels.Sources;
import org.layerzoo.kernels.TensorCores;
import org.layerzoo.kernels.op.attend.Pairs.Sum;
import org.layerzoo.kernels.op.attend.Pairs.What;
import org.layerzoo.kernels.op.source.SourcePlan;

/**
 * Gradients of attention. To q, k and v weights are computed again from scores and what is known of rows, by keys for dk and dv, by rows for
 * dq, so that no sum has two owners: 8 products a visible pair (scores three times, dO . v twice, and one for each result), 2 d or 2 dv flops
 * each; memory traffic as three forward passes. Blocks own 64 rows or keys, by tensor cores 128. Gradients of biases and factors are sums over
 * {@link Pairs}.
 */
public final class AttendGradientPlan implements Plan<GradientOf> {
    private static final int MOST_NUMBERS = 256;

    /** Of one section, by the input that the gradient is to. */
    static final List<String> RESULTS = List.of("dq", "dk", "dv");

    private final AttendPlan forward = new AttendPlan();

    @Override
    public Optional<String> refusal(GradientOf op, List<TensorSpec> in, Gpu.Limits limits) {
        Attend attend = (Attend) op.op();
        TensorSpec q = in.getFirst();
        Optional<String> refusal = forward.refusal(attend, in.subList(0, op.inputs()), limits, others(op));
        if (refusal.isPresent()) {
            return refusal;
        }
        int d = q.shape().dim(-1);
        if (d > MOST_NUMBERS) {
            return Optional.of("keys of more than " + MOST_NUMBERS + " numbers, given " + d);
        }
        return q.shape().dim(0) == 0 ? Optional.of("no samples") : Optional.empty();
    }

    /** Cotangents of results beside o and lse. */
    private static int others(GradientOf op) {
        int first = ((Attend) op.op()).norm().hasLse() ? 2 : 1;
        return (int) op.given().stream().filter(g -> g >= first).count();
    }

    @Override
    public Optional<String> unit(GradientOf op, List<TensorSpec> in, int capability) {
        boolean joined = ((Attend) op.op()).sections().size() > 1 && op.wanted().contains(0);
        return !joined && TensorCoreAttend.takesGradient(op, in, capability)
                ? Optional.of(TensorCores.NAME)
                : Optional.empty();
    }

    @Override
    public List<Tensor> run(GradientOf op, List<Tensor> in, Gpu gpu) {
        return new Run(op, in, gpu).gradients();
    }

    /** One run of the op. */
    private static final class Run {
        private final GradientOf op;
        private final Attend attend;
        private final List<Tensor> in;
        private final Gpu gpu;
        private final Tensor q;
        private final Tensor dO;
        private final Tensor headMap;
        private final List<KeySection> sections;
        private final boolean mma;
        private Tensor facts;
        private Tensor backward;

        Run(GradientOf op, List<Tensor> in, Gpu gpu) {
            this.op = op;
            this.attend = (Attend) op.op();
            this.in = in;
            this.gpu = gpu;
            this.q = in.getFirst();
            this.dO = given(0).orElseGet(() -> SourcePlan.fill(gpu, output(0).spec(), 0));
            this.headMap = AttendPlan.headMap(attend, q);
            this.sections = KeySection.all(attend, in.subList(0, op.inputs()), gpu);
            List<TensorSpec> specs = in.stream().map(Tensor::spec).toList();
            this.mma = TensorCoreAttend.takesGradient(op, specs, gpu.computeCapability());
            otherCotangents();
            know();
        }

        private Tensor output(int i) {
            return in.get(op.inputs() + i);
        }

        /** The cotangent of a result. */
        private Optional<Tensor> given(int output) {
            int i = op.given().indexOf(output);
            return i < 0 ? Optional.empty() : Optional.of(in.get(op.inputs() + op.outputs() + i));
        }

        private void otherCotangents() {
            Wants w = attend.wants();
            int b = q.dim(0);
            int h = q.dim(1);
            int rows = q.dim(2);
            int all = KeySection.columns(sections);
            int output = attend.norm().hasLse() ? 2 : 1;
            int from = 0;
            for (KeySection s : sections) {
                int n = s.keys();
                int at = from;
                int next = output;
                if (w.weights()) {
                    given(next++).ifPresent(g -> s.terms().cotangent(g, new int[] {b, h, rows, n}, 0, at, all, 1));
                }
                if (w.columnMass() > 0) {
                    int row0 = rows - Math.min(rows, w.columnMass());
                    given(next++).ifPresent(g -> s.terms().cotangent(g, new int[] {b, h, 1, n}, row0, at, all, 1));
                }
                if (w.rowMass()) {
                    given(next++).ifPresent(g -> s.terms().cotangent(g, new int[] {b, h, rows, 1}, 0, 0, 1, 1));
                }
                if (w.headMean() > 0) {
                    int seen = Math.min(rows, w.headMean());
                    given(next)
                            .ifPresent(g -> s.terms().cotangent(g, new int[] {b, 1, seen, n}, rows - seen, at, all, h));
                }
                from += n;
            }
        }

        /** Finds out what kernels must know of rows. */
        private void know() {
            RowFacts rows = new RowFacts(gpu, sections, q, headMap);
            boolean other = others(op) > 0;
            switch (attend.norm()) {
                case Normaliser.Softmax s
                when !other -> {
                    facts = output(1);
                    backward = delta();
                }
                case Normaliser.Softmax s -> pulled(rows);
                case Normaliser.Clip c -> pulled(rows);
                case Normaliser.MeanStd m -> {
                    RowFacts.Moments moments = rows.moments(m);
                    facts = moments.facts();
                    backward = rows.pulled(m, moments, dO, in.get(gain()));
                }
                default -> {
                    facts = q;
                    backward = q;
                }
            }
        }

        private void pulled(RowFacts rows) {
            facts = output(1);
            backward = rows.pulled(facts, dO, given(1).orElse(facts), given(1).isPresent());
        }

        /** sum(dO o) - dlse. */
        private Tensor delta() {
            Tensor o = output(0);
            long rows = q.shape().product(0, 3);
            Tensor delta = gpu.empty(TensorSpec.of(Wide.of(q.dtype()), Math.toIntExact(rows)));
            gpu.launch(
                    Sources.of("attend_gradient", q.dtype(), "attend_delta"),
                    Grid.over(rows, 256),
                    Args.of(o, dO, given(1).orElse(facts), delta)
                            .i64(rows)
                            .i32(o.dim(3))
                            .i32(given(1).isPresent()));
            return delta;
        }

        /** The input that has the normaliser's gains; shifts follow. */
        private int gain() {
            return op.inputs() - 2 - (attend.dropout() instanceof org.layerzoo.core.op.attend.Dropout.Keep ? 1 : 0);
        }

        List<Tensor> gradients() {
            return op.wanted().stream().map(this::gradient).toList();
        }

        private Tensor gradient(int input) {
            if (input == 0) {
                return ofRows();
            }
            boolean affine = attend.norm() instanceof Normaliser.MeanStd;
            if (affine && input >= gain()) {
                return ofHeads(input == gain() ? What.PULL_GAIN : What.PULL);
            }
            KeySection keys = sections.getFirst();
            for (KeySection s : sections) {
                keys = s.input <= input ? s : keys;
            }
            if (input < keys.input + 2) {
                return ofKeys(keys, 1 + input - keys.input);
            }
            for (SectionTerms.Leaf leaf : keys.terms().leaves()) {
                if (leaf.input() == input) {
                    return pairs().gradient(keys, leaf);
                }
            }
            throw new IllegalArgumentException("no gradient to input " + input + " of " + attend);
        }

        private Pairs pairs() {
            return new Pairs(gpu, q, dO, headMap, facts, backward);
        }

        private Tensor ofRows() {
            Tensor dq = gpu.empty(q.spec());
            if (dq.size() == 0) {
                return dq;
            }
            int parts = sections.size();
            long rows = q.shape().product(0, 3);
            Tensor work = parts == 1
                    ? facts
                    : gpu.empty(TensorSpec.of(Wide.of(q.dtype()), parts, Math.toIntExact(rows), q.dim(3)));
            for (int s = 0; s < parts; s++) {
                boolean cores = mma && parts == 1;
                Args args = Args.of(q, sections.get(s).k, sections.get(s).v, dO, facts, backward, dq);
                launch(sections.get(s), 0, q, cores, cores ? args : args.tensor(work), parts, s);
            }
            if (parts > 1) {
                gpu.launch(
                        Sources.of("attend", q.dtype(), "attend_join"),
                        Grid.over(dq.size(), 256),
                        Args.of(work, work, dq, work)
                                .i64(rows)
                                .i32(q.dim(3), parts)
                                .i32(false));
            }
            return dq;
        }

        private Tensor ofKeys(KeySection keys, int result) {
            Tensor of = result == 1 ? keys.k : keys.v;
            Tensor grad = gpu.empty(of.spec());
            if (grad.size() > 0) {
                launch(keys, result, of, mma, Args.of(q, keys.k, keys.v, dO, facts, backward, grad), 1, 0);
            }
            return grad;
        }

        private void launch(KeySection keys, int result, Tensor of, boolean cores, Args args, int parts, int part) {
            int side = cores ? TensorCoreAttend.ROWS : Wide.of(q.dtype()).bytes() == 8 ? 32 : 64;
            long tiles = (of.dim(2) + side - 1) / side;
            GpuKernel own = cores
                    ? TensorCoreAttend.gradient(result, q, output(0))
                    : Sources.of(
                            "attend_gradient",
                            q.dtype(),
                            "attend_" + RESULTS.get(result) + "_" + (of.dim(3) <= 128 ? 128 : 256));
            KeySection.Share share = new KeySection.Share(1, 1, parts, part);
            gpu.launch(own, Grid.blocks(tiles * of.dim(0) * of.dim(1), 256), keys.add(args, share, headMap));
        }

        /** A number a head, of all sections. */
        private Tensor ofHeads(What what) {
            Tensor out = gpu.empty(TensorSpec.of(q.dtype(), q.dim(1)));
            Tensor work = gpu.empty(TensorSpec.of(Wide.of(q.dtype()), q.dim(1)));
            for (KeySection s : sections) {
                Sum sum = Sum.of(1, q.dim(1), 1, 1).more(s != sections.getFirst());
                pairs().sum(s, what, sum, work, out, s != sections.getLast());
            }
            return out;
        }
    }
}
