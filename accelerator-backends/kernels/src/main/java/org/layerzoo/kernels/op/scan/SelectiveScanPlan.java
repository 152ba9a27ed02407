package org.layerzoo.kernels.op.scan;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.gpu.Args;
import org.layerzoo.core.gpu.Gpu;
import org.layerzoo.core.gpu.Grid;
import org.layerzoo.core.op.scan.SelectiveScan;
import org.layerzoo.core.op.scan.SelectiveScan.Discretisation;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorScope;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.kernels.Plan;
import org.layerzoo.kernels.Sources;

/**
 * The selective scan. Bytes: u, delta, z and y once, u and delta once more where the tokens are cut into segments. Work: an exponential
 * and 4 multiply-adds a token, channel and state.
 */
public final class SelectiveScanPlan implements Plan<SelectiveScan> {
    private static final int CHANNELS = 64;
    private static final int THREADS = 128;
    private static final int MOST_STATES = 64;
    private static final int SHORTEST = 64;

    @Override
    public Optional<String> refusal(SelectiveScan op, List<TensorSpec> in, Gpu.Limits limits) {
        int states = in.get(2).shape().dim(1);
        if (states > MOST_STATES) {
            return Optional.of(states + " states a channel, the kernels hold " + MOST_STATES);
        }
        return in.getFirst().shape().dim(0) > Grid.MOST_YZ
                ? Optional.of("more than " + Grid.MOST_YZ + " samples")
                : Optional.empty();
    }

    @Override
    public List<Tensor> run(SelectiveScan op, List<Tensor> in, Gpu gpu) {
        return new Run(op, in, gpu).results();
    }

    private static final class Run {
        private final SelectiveScan op;
        private final Gpu gpu;
        private final Tensor u;
        private final Tensor delta;
        private final Tensor a;
        private final Tensor b;
        private final Tensor c;
        private final Tensor bias;
        private final Tensor skip;
        private final Tensor z;
        private final Tensor before;
        private final Tensor bounds;
        private final int samples;
        private final int segment;
        private final int segments;

        Run(SelectiveScan op, List<Tensor> in, Gpu gpu) {
            this.op = op;
            this.gpu = gpu;
            u = in.get(0);
            delta = in.get(1);
            a = in.get(2);
            b = in.get(3);
            c = in.get(4);
            int next = 5;
            // A tensor that the op does not have is never read: any other stands in its place.
            bias = op.deltaBias() ? in.get(next++) : a;
            skip = op.skip() ? in.get(next++) : a;
            z = op.gate() ? in.get(next++) : u;
            before = op.initial() ? in.get(next++) : a;
            bounds = op.longest() > 0 ? in.get(next) : a;
            samples = op.longest() > 0 ? bounds.dim(0) - 1 : u.dim(0);
            int longest = op.longest() > 0 ? op.longest() : u.dim(1);
            segment = Math.max(SHORTEST, op.chunk());
            segments = (longest + segment - 1) / segment;
        }

        List<Tensor> results() {
            Tensor y = gpu.empty(u.spec());
            DType wide = u.dtype() == DType.F64 ? DType.F64 : DType.F32;
            Tensor after = gpu.empty(TensorSpec.of(wide, samples, u.dim(2), a.dim(1)));
            if (u.size() == 0) {
                return List.of(y, after);
            }
            TensorScope.run(() -> {
                Tensor steps = gpu.empty(TensorSpec.of(wide, samples, segments, u.dim(2)));
                if (segments == 1) {
                    scan(before, y, after, steps, op.initial(), true, true);
                    return;
                }
                Tensor ends = gpu.empty(TensorSpec.of(wide, samples, segments, u.dim(2), a.dim(1)));
                Tensor starts = gpu.empty(ends.spec());
                scan(a, y, ends, steps, false, false, true);
                gpu.launch(
                        Sources.of("selective_scan", u.dtype(), "combine"),
                        Grid.blocks((a.size() + THREADS - 1) / THREADS, 1, samples, THREADS),
                        Args.of(ends, steps, a, before, starts, after).ints(structure(op.initial(), false, true)));
                scan(starts, y, ends, steps, true, true, false);
            });
            return List.of(y, after);
        }

        private void scan(
                Tensor from, Tensor y, Tensor to, Tensor steps, boolean initial, boolean writes, boolean keeps) {
            int states = a.dim(1) <= 4 ? 4 : a.dim(1) <= 16 ? 16 : MOST_STATES;
            gpu.launch(
                    Sources.of("selective_scan", u.dtype(), "scan_" + states),
                    Grid.blocks((u.dim(2) + CHANNELS - 1) / CHANNELS, segments, samples, CHANNELS),
                    Args.of(u, delta, a, b, c, bias, skip, z, from, bounds, y, to, steps)
                            .ints(structure(initial, writes, keeps)));
        }

        /** The structure {@code Scan} of the source. */
        private int[] structure(boolean initial, boolean writes, boolean keeps) {
            return new int[] {
                u.dim(2),
                a.dim(1),
                b.dim(2),
                u.dim(1),
                segment,
                segments,
                bit(op.softplus()),
                bit(op.discretisation() == Discretisation.ZOH),
                bit(op.deltaBias()),
                bit(op.skip()),
                bit(op.gate()),
                bit(op.reverse()),
                bit(op.longest() > 0),
                bit(initial),
                bit(writes),
                bit(keeps)
            };
        }

        private static int bit(boolean x) {
            return x ? 1 : 0;
        }
    }
}
