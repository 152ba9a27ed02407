package org.layerzoo.kernels.op.scan;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.gpu.Args;
import org.layerzoo.core.gpu.Gpu;
import org.layerzoo.core.gpu.Grid;
import org.layerzoo.core.op.Wide;
import org.layerzoo.core.op.scan.SelectiveScan;
import org.layerzoo.core.op.scan.SelectiveScan.Discretisation;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.kernels.Sources;

/** The inputs of a selective scan by name, its tokens cut into segments, and the launches that it shares with its gradient. */
final class ChannelScan {
    static final int MOST_STATES = 64;
    private static final int CHANNELS = 64;
    private static final int THREADS = 128;

    private final SelectiveScan op;
    private final Gpu gpu;
    final Tensor u;
    final Tensor delta;
    final Tensor a;
    final Tensor b;
    final Tensor c;
    final Tensor bias;
    final Tensor skip;
    final Tensor z;
    final Tensor before;
    final Tensor bounds;
    final int samples;
    final int segment;
    final int segments;

    /** What a launch does: flags of the structure {@code Scan}. */
    record Flags(boolean initial, boolean writes, boolean keeps, boolean backward) {}

    ChannelScan(SelectiveScan op, List<Tensor> in, Gpu gpu, int segment) {
        this.op = op;
        this.gpu = gpu;
        this.segment = segment;
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
        segments = (longest + segment - 1) / segment;
    }

    static Optional<String> refusal(SelectiveScan op, List<TensorSpec> in) {
        int states = in.get(2).shape().dim(1);
        if (states > MOST_STATES) {
            return Optional.of(states + " states a channel, the kernels hold " + MOST_STATES);
        }
        return in.getFirst().shape().dim(0) > Grid.MOST_YZ
                ? Optional.of("more than " + Grid.MOST_YZ + " samples")
                : Optional.empty();
    }

    /** States that the kernels hold for these. */
    int held() {
        return a.dim(1) <= 4 ? 4 : a.dim(1) <= 16 ? 16 : MOST_STATES;
    }

    DType wide() {
        return Wide.of(u.dtype());
    }

    /** One state a segment. */
    Tensor states() {
        return gpu.empty(TensorSpec.of(wide(), samples, segments, u.dim(2), a.dim(1)));
    }

    /** One number a segment and channel. */
    Tensor perSegment() {
        return gpu.empty(TensorSpec.of(wide(), samples, segments, u.dim(2)));
    }

    /** One state a sample. */
    Tensor perSample() {
        return gpu.empty(TensorSpec.of(wide(), samples, u.dim(2), a.dim(1)));
    }

    Grid channels() {
        return Grid.blocks((u.dim(2) + CHANNELS - 1) / CHANNELS, segments, samples, CHANNELS);
    }

    void scan(Tensor from, Tensor y, Tensor to, Tensor steps, Flags f) {
        gpu.launch(
                Sources.of("selective_scan", u.dtype(), "scan_" + held()),
                channels(),
                Args.of(u, delta, a, b, c, bias, skip, z, from, bounds, y, to, steps)
                        .ints(structure(f)));
    }

    /** What {@link #combine} needs beside the ends: sums of dt that the scan has written, or what is left of each state over a segment. */
    Tensor joints(Tensor steps) {
        if (op.discretisation() != Discretisation.PROXIMAL) {
            return steps;
        }
        Tensor fades = states();
        gpu.launch(
                Sources.of("selective_scan", u.dtype(), "fade"),
                Grid.blocks((a.size() + THREADS - 1) / THREADS, segments, samples, THREADS),
                Args.of(delta, a, b, bias, bounds, fades).ints(structure(new Flags(false, false, false, false))));
        return fades;
    }

    /** Joins segments: what each starts from, and what comes out behind the last. */
    void combine(Tensor ends, Tensor steps, Tensor from, Tensor starts, Tensor after, Flags f) {
        gpu.launch(
                Sources.of("selective_scan", u.dtype(), "combine"),
                Grid.blocks((a.size() + THREADS - 1) / THREADS, 1, samples, THREADS),
                Args.of(ends, steps, a, from, starts, after).ints(structure(f)));
    }

    /** The structure {@code Scan} of the source. */
    int[] structure(Flags f) {
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
            bit(f.initial),
            bit(f.writes),
            bit(f.keeps),
            bit(f.backward),
            bit(op.discretisation() == Discretisation.PROXIMAL)
        };
    }

    private static int bit(boolean x) {
        return x ? 1 : 0;
    }
}
