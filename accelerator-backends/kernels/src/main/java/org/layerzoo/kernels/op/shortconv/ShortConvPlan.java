package org.layerzoo.kernels.op.shortconv;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.gpu.Args;
import org.layerzoo.core.gpu.Gpu;
import org.layerzoo.core.op.shortconv.ShortConv;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.kernels.Plan;

/** Causal convolution over a few tokens, a thread an element: x is read once from memory and W times from cache, y written once. */
public final class ShortConvPlan implements Plan<ShortConv> {
    @Override
    public Optional<String> refusal(ShortConv op, List<TensorSpec> in, Gpu.Limits limits) {
        return Optional.empty();
    }

    @Override
    public List<Tensor> run(ShortConv op, List<Tensor> in, Gpu gpu) {
        Taps taps = new Taps(op, in, gpu);
        Tensor y = gpu.empty(taps.x().spec());
        taps.launch("short_conv", y, Args.of(taps.x(), taps.w(), taps.b(), taps.state(), taps.bounds(), y));
        Tensor last = gpu.empty(taps.stateSpec());
        taps.launch("last_inputs", last, Args.of(taps.x(), taps.state(), taps.bounds(), last));
        return List.of(y, last);
    }
}
