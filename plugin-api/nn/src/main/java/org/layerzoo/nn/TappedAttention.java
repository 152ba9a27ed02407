package org.layerzoo.nn;

import java.util.List;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Site;
import org.layerzoo.core.op.attend.Attended;
import org.layerzoo.core.op.attend.Attention;
import org.layerzoo.core.op.attend.Wants;
import org.layerzoo.core.tensor.Tensor;

/** Attention whose weights a tap may replace or a caller may want: the fused form unless somebody does. */
public final class TappedAttention {
    /** The site of the weights [B, H, T, S]. */
    public static final String WEIGHTS = "attn.weights";

    /** Those of weights and heads, as {@link #merged} taps them. */
    public static final List<Site> SITES =
            List.of(new Site(WEIGHTS, "B H T S"), new Site(HeadedLayer.HEADS, "B H T d"));

    private TappedAttention() {}

    /** The heads side by side [B, T, H d], weights and heads tapped. @param values [B, Hkv, S, d] @param port auxiliary output that hands the weights over */
    public static Tensor merged(Attention a, Tensor values, String port, Call call) {
        return Heads.merge(call.taps().at(HeadedLayer.HEADS, o(a, values, port, call)));
    }

    private static Tensor o(Attention a, Tensor values, String port, Call call) {
        boolean tapped = call.taps().wants(WEIGHTS);
        if (!tapped && !call.aux().wants(port)) {
            return a.o();
        }
        Attended dense = a.wants(new Wants(true, 0, false, 0)).run();
        Tensor weights = dense.weights().orElseThrow();
        call.aux().put(port, weights);
        return tapped
                ? call.taps().at(WEIGHTS, weights).matmul(GroupedHeads.expand(values, weights.dim(1)))
                : dense.o();
    }
}
