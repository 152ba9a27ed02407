package org.layerzoo.kernels.op.shortconv;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.layerzoo.core.gpu.Args;
import org.layerzoo.core.gpu.Gpu;
import org.layerzoo.core.gpu.Grid;
import org.layerzoo.core.op.GradientOf;
import org.layerzoo.core.op.shortconv.ShortConv;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorScope;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.kernels.Plan;

/** Gradients of the short convolution; the pre-activations are computed again, one array of their slopes is stored. */
public final class ShortConvGradientPlan implements Plan<GradientOf> {
    private static final int THREADS = 128;

    @Override
    public Optional<String> refusal(GradientOf g, List<TensorSpec> in, Gpu.Limits limits) {
        return g.given().contains(0) ? Optional.empty() : Optional.of("no cotangent of y");
    }

    @Override
    public List<Tensor> run(GradientOf g, List<Tensor> in, Gpu gpu) {
        ShortConv op = (ShortConv) g.op();
        Taps t = new Taps(op, in.subList(0, g.inputs()), gpu);
        List<Tensor> cotangents = in.subList(g.inputs() + g.outputs(), in.size());
        Tensor dy = cotangents.get(g.given().indexOf(0));
        int taken = g.given().contains(1) ? 1 : 0;
        Tensor dLast = taken == 1 ? cotangents.get(g.given().indexOf(1)) : dy;
        return TensorScope.use(() -> {
            DType wide = t.x().dtype() == DType.F64 ? DType.F64 : DType.F32;
            Tensor d = gpu.empty(new TensorSpec(wide, t.x().shape()));
            t.launch("slopes", d, Args.of(t.x(), t.w(), t.b(), t.state(), t.bounds(), dy, d));
            Map<Integer, Tensor> found = new HashMap<>();
            if (g.wanted().contains(0)) {
                Tensor dx = gpu.empty(t.x().spec());
                t.launch("inputs_gradient", dx, Args.of(d, t.w(), dLast, t.bounds(), dx), taken);
                found.put(0, dx);
            }
            if (op.initial() && g.wanted().contains(t.stateIndex())) {
                Tensor ds = gpu.empty(t.stateSpec());
                t.launch("state_gradient", ds, Args.of(d, t.w(), dLast, t.bounds(), ds), taken);
                found.put(t.stateIndex(), ds);
            }
            weights(g, t, d, found, gpu);
            return g.wanted().stream().map(found::get).toList();
        });
    }

    private static void weights(GradientOf g, Taps t, Tensor d, Map<Integer, Tensor> found, Gpu gpu) {
        boolean bias = t.op().bias() && g.wanted().contains(2);
        if (!g.wanted().contains(1) && !bias) {
            return;
        }
        Tensor dw = gpu.empty(t.w().spec());
        Tensor db = gpu.empty(TensorSpec.of(t.x().dtype(), t.x().dim(2)));
        if (db.size() > 0) {
            gpu.launch(
                    t.kernel("weights_gradient"),
                    Grid.blocks(t.x().dim(2), t.w().dim(1) + (bias ? 1L : 0L), 1, THREADS),
                    Args.of(t.x(), d, t.state(), t.bounds(), dw, db).ints(t.structure()));
        }
        found.put(1, dw);
        if (bias) {
            found.put(2, db);
        }
    }
}
