package org.layerzoo.kernels.op.longconv;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.gpu.Gpu;
import org.layerzoo.core.op.GradientOf;
import org.layerzoo.core.op.Wide;
import org.layerzoo.core.op.longconv.LongConv;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorScope;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.kernels.Plan;
import org.layerzoo.kernels.Wider;

/**
 * Gradients of a long convolution: correlations of what came back with the taps and with the inputs, in the same spectra. Five transforms
 * at most; where samples share the taps, their spectra are summed before the way back.
 */
public final class LongConvGradientPlan implements Plan<GradientOf> {
    @Override
    public Optional<String> refusal(GradientOf g, List<TensorSpec> in, Gpu.Limits limits) {
        return Spectra.refusal((LongConv) g.op(), in.subList(0, g.inputs()), limits);
    }

    @Override
    public List<Tensor> run(GradientOf g, List<Tensor> in, Gpu gpu) {
        return TensorScope.use(() -> {
            List<Tensor> wide = Wider.up(in, Wide.of(in.getFirst().dtype()), gpu);
            List<TensorSpec> specs =
                    g.wanted().stream().map(w -> in.get(w).spec()).toList();
            return Wider.down(gradients(g, wide, gpu), specs, gpu);
        });
    }

    private static List<Tensor> gradients(GradientOf g, List<Tensor> in, Gpu gpu) {
        LongConv op = (LongConv) g.op();
        Tensor x = in.get(0);
        Tensor k = in.get(1);
        Tensor dy = in.getLast();
        Spectra s = Spectra.of(gpu, op, x, k);
        Tensor back = s.of(dy, op.center());
        return g.wanted().stream()
                .map(w -> switch (w) {
                    case 0 -> {
                        Optional<Tensor> skip = op.skip() ? Optional.of(in.get(2)) : Optional.empty();
                        yield s.back(s.times(s.of(k, 0), back, true), x.spec(), 0, skip, dy);
                    }
                    case 1 -> {
                        Tensor spectrum = op.perSample() ? s.times(s.of(x, 0), back, true) : s.summed(s.of(x, 0), back);
                        yield s.back(spectrum, k.spec(), 0, Optional.empty(), k);
                    }
                    default -> s.skipGradient(x, dy);
                })
                .toList();
    }
}
