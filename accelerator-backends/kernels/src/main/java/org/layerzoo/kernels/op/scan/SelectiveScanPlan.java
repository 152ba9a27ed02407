package org.layerzoo.kernels.op.scan;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.gpu.Gpu;
import org.layerzoo.core.op.scan.SelectiveScan;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorScope;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.kernels.Plan;
import org.layerzoo.kernels.op.scan.ChannelScan.Flags;

/**
 * The selective scan. Bytes: u, delta, z and y once, u and delta once more where the tokens are cut into segments. Work: an exponential
 * and 4 multiply-adds a token, channel and state.
 */
public final class SelectiveScanPlan implements Plan<SelectiveScan> {
    private static final int SHORTEST = 64;

    @Override
    public Optional<String> refusal(SelectiveScan op, List<TensorSpec> in, Gpu.Limits limits) {
        return ChannelScan.refusal(op, in);
    }

    @Override
    public List<Tensor> run(SelectiveScan op, List<Tensor> in, Gpu gpu) {
        ChannelScan s = new ChannelScan(op, in, gpu, Math.max(SHORTEST, op.chunk()));
        Tensor y = gpu.empty(s.u.spec());
        Tensor after = s.perSample();
        if (s.u.size() == 0) {
            return List.of(y, after);
        }
        TensorScope.run(() -> {
            Tensor steps = s.perSegment();
            if (s.segments == 1) {
                s.scan(s.before, y, after, steps, new Flags(op.initial(), true, true, false));
                return;
            }
            Tensor ends = s.states();
            Tensor starts = s.states();
            s.scan(s.a, y, ends, steps, new Flags(false, false, true, false));
            s.combine(ends, s.joints(steps), s.before, starts, after, new Flags(op.initial(), false, true, false));
            s.scan(starts, y, ends, steps, new Flags(true, true, false, false));
        });
        return List.of(y, after);
    }
}
