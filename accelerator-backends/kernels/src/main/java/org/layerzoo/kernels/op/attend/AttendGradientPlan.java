package org.layerzoo.kernels.op.attend;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.layerzoo.core.gpu.Args;
import org.layerzoo.core.gpu.Gpu;
import org.layerzoo.core.gpu.GpuKernel;
import org.layerzoo.core.gpu.Grid;
import org.layerzoo.core.op.GradientOf;
import org.layerzoo.core.op.Wide;
import org.layerzoo.core.op.attend.Attend;
import org.layerzoo.core.op.attend.Dropout;
import org.layerzoo.core.op.attend.HeadMap;
import org.layerzoo.core.op.attend.Normaliser;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.kernels.Plan;
import org.layerzoo.kernels.Sources;
import org.layerzoo.kernels.TensorCores;

/**
 * Gradients of attention to q, k and v: weights are computed again from scores and the log-sum-exp, by keys for dk and dv, by rows for dq,
 * so that no sum has two owners. 8 products a visible pair (scores three times, dO . v twice, and one for each result), 2 d or 2 dv flops
 * each; memory traffic as three forward passes. Blocks own 64 rows or keys, by tensor cores 128.
 */
public final class AttendGradientPlan implements Plan<GradientOf> {
    private static final int MOST_NUMBERS = 256;

    /** By the input that the gradient is to. */
    static final List<String> RESULTS = List.of("dq", "dk", "dv");

    private final AttendPlan forward = new AttendPlan();

    @Override
    public Optional<String> refusal(GradientOf op, List<TensorSpec> in, Gpu.Limits limits) {
        Attend attend = (Attend) op.op();
        Optional<String> refusal = forward.refusal(attend, in.subList(0, op.inputs()), limits);
        if (refusal.isPresent()) {
            return refusal;
        }
        if (attend.sections().size() > 1) {
            return Optional.of("gradients of more than one section of keys");
        }
        if (!(attend.norm() instanceof Normaliser.Softmax)) {
            return Optional.of("gradients of another normaliser than softmax: " + attend.norm());
        }
        if (!attend.sections().getFirst().post().isEmpty() || !(attend.dropout() instanceof Dropout.None)) {
            return Optional.of("gradients with factors on the weights");
        }
        if (attend.heads() instanceof HeadMap.Explicit) {
            return Optional.of("gradients with an explicit map of heads");
        }
        if (op.wanted().stream().anyMatch(i -> i > 2)) {
            return Optional.of("gradients of biases");
        }
        if (!op.given().contains(0)) {
            return Optional.of("no cotangent of o");
        }
        int d = in.getFirst().shape().dim(-1);
        return d > MOST_NUMBERS
                ? Optional.of("keys of more than " + MOST_NUMBERS + " numbers, given " + d)
                : Optional.empty();
    }

    @Override
    public Optional<String> unit(GradientOf op, List<TensorSpec> in, int capability) {
        return TensorCoreAttend.takes((Attend) op.op(), in, capability)
                ? Optional.of(TensorCores.NAME)
                : Optional.empty();
    }

    @Override
    public List<Tensor> run(GradientOf op, List<Tensor> in, Gpu gpu) {
        Attend attend = (Attend) op.op();
        KeySection keys = KeySection.all(attend, in.subList(0, op.inputs())).getFirst();
        Tensor q = in.getFirst();
        Tensor o = in.get(op.inputs());
        Tensor lse = in.get(op.inputs() + 1);
        Tensor dO = in.get(op.inputs() + op.outputs() + op.given().indexOf(0));
        boolean withLse = op.given().contains(1);
        Tensor dLse = withLse ? in.get(op.inputs() + op.outputs() + op.given().indexOf(1)) : lse;
        long rows = q.shape().product(0, 3);
        Tensor delta = gpu.empty(TensorSpec.of(Wide.of(q.dtype()), Math.toIntExact(rows)));
        gpu.launch(
                Sources.of("attend_gradient", q.dtype(), "attend_delta"),
                Grid.over(rows, 256),
                Args.of(o, dO, dLse, delta).i64(rows).i32(o.dim(3)).i32(withLse));
        List<TensorSpec> specs = in.subList(0, 3).stream().map(Tensor::spec).toList();
        boolean mma = TensorCoreAttend.takes(attend, specs, gpu.computeCapability());
        int side = mma ? TensorCoreAttend.ROWS : Wide.of(q.dtype()).bytes() == 8 ? 32 : 64;
        List<Tensor> grads = new ArrayList<>();
        for (int i : op.wanted()) {
            Tensor of = in.get(i);
            Tensor grad = gpu.empty(of.spec());
            grads.add(grad);
            if (of.size() > 0) {
                GpuKernel own = mma ? TensorCoreAttend.gradient(i, q, o) : common(i, q, of.dim(3));
                long tiles = (of.dim(2) + side - 1) / side;
                Args args = Args.of(q, keys.k, keys.v, dO, lse, delta, grad);
                gpu.launch(
                        own,
                        Grid.blocks(tiles * of.dim(0) * of.dim(1), 256),
                        keys.add(args, new KeySection.Share(1, 1, 1, 0), q));
            }
        }
        return grads;
    }

    private static GpuKernel common(int input, Tensor q, int width) {
        return Sources.of(
                "attend_gradient", q.dtype(), "attend_" + RESULTS.get(input) + "_" + (width <= 128 ? 128 : 256));
    }
}
