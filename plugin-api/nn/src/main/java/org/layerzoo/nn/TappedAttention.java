package org.layerzoo.nn;

import org.layerzoo.core.layer.Call;
import org.layerzoo.core.op.attend.Attended;
import org.layerzoo.core.op.attend.Attention;
import org.layerzoo.core.op.attend.Wants;
import org.layerzoo.core.tensor.Tensor;

/** Attention whose weights a tap may replace or a caller may want: the fused form unless somebody does. */
public final class TappedAttention {
    private TappedAttention() {}

    /** o [B, H, T, d]. @param values [B, Hkv, S, d] @param site of the weights [B, H, T, S] @param port auxiliary output that hands them over */
    public static Tensor o(Attention a, Tensor values, String site, String port, Call call) {
        boolean tapped = call.taps().wants(site);
        if (!tapped && !call.aux().wants(port)) {
            return a.o();
        }
        Attended dense = a.wants(new Wants(true, 0, false, 0)).run();
        Tensor weights = dense.weights().orElseThrow();
        call.aux().put(port, weights);
        return tapped ? call.taps().at(site, weights).matmul(GroupedHeads.expand(values, weights.dim(1))) : dense.o();
    }
}
