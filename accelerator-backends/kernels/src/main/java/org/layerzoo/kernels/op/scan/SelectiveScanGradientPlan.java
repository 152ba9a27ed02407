package org.layerzoo.kernels.op.scan;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.layerzoo.core.gpu.Args;
import org.layerzoo.core.gpu.Gpu;
import org.layerzoo.core.gpu.Grid;
import org.layerzoo.core.op.GradientOf;
import org.layerzoo.core.op.scan.SelectiveScan;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorScope;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.kernels.Plan;
import org.layerzoo.kernels.Sources;
import org.layerzoo.kernels.op.scan.ChannelScan.Flags;

/**
 * Gradients of the selective scan, all in one pass over segments of 64 tokens (see {@code selective_scan_gradient.c}). Work: five
 * exponentials and 30 multiply-adds a token, channel and state. Bytes: u, delta, z and dy three times, mostly from cache; two states and
 * their adjoints a segment and channel; parts of the gradients of B and C once for each 64 channels.
 */
public final class SelectiveScanGradientPlan implements Plan<GradientOf> {
    private static final int THREADS = 128;
    /** Tokens of a segment; many states leave room in shared memory for fewer. */
    private static final int SEGMENT = 64;

    private static final int SHORT_SEGMENT = 16;
    /** Channels whose share of the gradients of B and C a block adds up. */
    private static final int MOST_CHANNELS = 64;

    private static final int MANY_STATES = 16;

    @Override
    public Optional<String> refusal(GradientOf g, List<TensorSpec> in, Gpu.Limits limits) {
        return ChannelScan.refusal((SelectiveScan) g.op(), in);
    }

    @Override
    public List<Tensor> run(GradientOf g, List<Tensor> in, Gpu gpu) {
        return TensorScope.use(() -> new Run(g, in, gpu).gradients());
    }

    private static final class Run {
        private final GradientOf g;
        private final Gpu gpu;
        private final SelectiveScan op;
        private final ChannelScan s;
        private final Optional<Tensor> dy;
        private final Optional<Tensor> dAfter;
        private final List<Tensor> in;
        private final Map<Integer, Tensor> found = new HashMap<>();

        Run(GradientOf g, List<Tensor> in, Gpu gpu) {
            this.g = g;
            this.gpu = gpu;
            this.in = in;
            this.op = (SelectiveScan) g.op();
            int segment = in.get(2).dim(1) > MANY_STATES ? SHORT_SEGMENT : SEGMENT;
            this.s = new ChannelScan(op, in.subList(0, g.inputs()), gpu, segment);
            this.dy = cotangent(0);
            this.dAfter = cotangent(1);
        }

        private Optional<Tensor> cotangent(int output) {
            int at = g.given().indexOf(output);
            return at < 0 ? Optional.empty() : Optional.of(in.get(g.inputs() + g.outputs() + at));
        }

        List<Tensor> gradients() {
            for (int i = 0; i < g.inputs() - (op.longest() > 0 ? 1 : 0); i++) {
                found.put(i, gpu.empty(in.get(i).spec()));
            }
            if (s.u.size() > 0) {
                compute();
            }
            List<Tensor> out = new ArrayList<>();
            g.wanted().forEach(w -> out.add(found.get(w)));
            return out;
        }

        private void compute() {
            Tensor steps = s.perSegment();
            Tensor ends = s.states();
            Tensor starts = s.states();
            Tensor last = s.perSample();
            s.scan(s.a, s.u, ends, steps, new Flags(false, false, true, false));
            Tensor joints = s.joints(steps);
            s.combine(ends, joints, s.before, starts, last, new Flags(op.initial(), false, true, false));
            gpu.launch(
                    Sources.of("selective_scan_gradient", s.u.dtype(), "adjoint_" + s.held()),
                    s.channels(),
                    Args.of(s.delta, s.a, s.b, s.c, s.bias, s.z, s.bounds, dy.orElse(s.u), ends)
                            .ints(s.structure(flags())));
            Tensor carries = s.states();
            Tensor dBefore = op.initial() ? found.get(initialAt()) : last;
            s.combine(
                    ends,
                    joints,
                    dAfter.orElse(s.a),
                    carries,
                    dBefore,
                    new Flags(dAfter.isPresent(), false, true, true));
            inside(starts, carries);
        }

        private Flags flags() {
            return new Flags(false, dy.isPresent(), false, true);
        }

        private int initialAt() {
            return 5 + (op.deltaBias() ? 1 : 0) + (op.skip() ? 1 : 0) + (op.gate() ? 1 : 0);
        }

        private void inside(Tensor starts, Tensor carries) {
            int channels = THREADS / s.held();
            int share = s.u.dim(2) / s.b.dim(2);
            int sets = Math.max(1, Math.min(share, MOST_CHANNELS) / channels);
            int pieces = (share + sets * channels - 1) / (sets * channels);
            long rows = (long) s.u.dim(0) * s.u.dim(1);
            TensorSpec parts = TensorSpec.of(s.wide(), pieces, (int) rows, s.b.dim(2), s.b.dim(3));
            Tensor db = gpu.empty(parts);
            Tensor dc = gpu.empty(parts);
            Tensor da = s.states();
            Tensor dskip = s.perSegment();
            Tensor dbias = s.perSegment();
            Tensor dz = op.gate() ? found.get(initialAt() - 1) : s.u;
            gpu.launch(
                    Sources.of("selective_scan_gradient", s.u.dtype(), "gradient_" + s.held()),
                    Grid.blocks((long) pieces * s.b.dim(2), s.segments, s.samples, THREADS),
                    Args.of(s.u, s.delta, s.a, s.b, s.c, s.bias, s.skip, s.z, s.bounds, starts, carries)
                            .tensor(dy.orElse(s.u))
                            .tensor(found.get(0))
                            .tensor(found.get(1))
                            .tensor(dz)
                            .tensor(db)
                            .tensor(dc)
                            .tensor(da)
                            .tensor(dskip)
                            .tensor(dbias)
                            .i64(rows)
                            .i32(pieces, sets)
                            .ints(s.structure(flags())));
            fold("fold", db, pieces, 3);
            fold("fold", dc, pieces, 4);
            int cells = s.samples * s.segments;
            fold("fold_wide", da, cells, 2);
            if (op.deltaBias()) {
                fold("fold_wide", dbias, cells, 5);
            }
            if (op.skip()) {
                fold("fold_wide", dskip, cells, op.deltaBias() ? 6 : 5);
            }
        }

        private void fold(String function, Tensor parts, int rows, int input) {
            Tensor y = found.get(input);
            gpu.launch(
                    Sources.of("selective_scan_gradient", s.u.dtype(), function),
                    Grid.over(y.size(), THREADS),
                    Args.of(parts, y).i64(y.size()).i32(rows));
        }
    }
}
