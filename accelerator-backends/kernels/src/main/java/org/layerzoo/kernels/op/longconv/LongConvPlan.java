package org.layerzoo.kernels.op.longconv;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.gpu.Gpu;
import org.layerzoo.core.op.Wide;
import org.layerzoo.core.op.longconv.LongConv;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorScope;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.kernels.Plan;
import org.layerzoo.kernels.Wider;

/**
 * Long convolution by transforms of the next power of two from T + K - 1 on: three transforms, each of which passes through memory once
 * up to 4096, and two passes around them. BF16 and F16 are computed in F32.
 */
public final class LongConvPlan implements Plan<LongConv> {
    @Override
    public Optional<String> refusal(LongConv op, List<TensorSpec> in, Gpu.Limits limits) {
        return Spectra.refusal(op, in, limits);
    }

    @Override
    public List<Tensor> run(LongConv op, List<Tensor> in, Gpu gpu) {
        return TensorScope.use(() -> {
            List<Tensor> wide = Wider.up(in, Wide.of(in.getFirst().dtype()), gpu);
            Tensor x = wide.get(0);
            Spectra s = Spectra.of(gpu, op, x, wide.get(1));
            Tensor product = s.times(s.of(wide.get(1), 0), s.of(x, 0), false);
            Optional<Tensor> skip = op.skip() ? Optional.of(wide.get(2)) : Optional.empty();
            Tensor y = s.back(product, x.spec(), op.center(), skip, x);
            return Wider.down(List.of(y), List.of(in.getFirst().spec()), gpu);
        });
    }
}
