package org.layerzoo.plugins.hedgehog;

import java.util.Optional;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.plugins.hedgehog.HedgehogConfig.FeatureAct;

/**
 * The learned spiky map of one role, queries or keys: [B, H, T, d] -> positive features [B, H, T, 2f].
 *
 * @param weight [H, d, f]
 * @param bias [H, 1, f]
 * @param eps least feature
 */
public record FeatureMap(Tensor weight, Optional<Tensor> bias, FeatureAct act, boolean skip, double eps) {
    /** Those of a query: of EXP times exp(-max |u|) a token, which cancels in the weights and keeps the largest feature at 1. */
    public Tensor query(Tensor x) {
        if (act != FeatureAct.EXP) {
            return apply(x);
        }
        Tensor u = mapped(x);
        Tensor most = Ops.abs(u).maxKeep(-1);
        Tensor features =
                Ops.concat(-1, Ops.exp(u.sub(most)), Ops.exp(u.add(most).neg()));
        return Ops.maximum(features, Ops.exp(most.neg()).mul(eps));
    }

    private Tensor mapped(Tensor x) {
        Tensor product = x.matmul(weight);
        Tensor shifted = bias.map(product::add).orElse(product);
        return skip ? shifted.add(x) : shifted;
    }

    /** Those of a key, and of a query where it isn't large. */
    public Tensor apply(Tensor x) {
        Tensor u = mapped(x);
        Tensor features =
                switch (act) {
                    case EXP -> Ops.concat(-1, Ops.exp(u), Ops.exp(u.neg()));
                    case EXP_SHIFTED ->
                        Ops.concat(
                                -1,
                                Ops.exp(u.sub(u.maxKeep(-1))),
                                Ops.exp(u.neg().add(u.neg().maxKeep(-1).neg())));
                    case SOFTMAX -> Ops.concat(-1, Fused.softmax(u, -1), Fused.softmax(u.neg(), -1));
                };
        return Ops.maximum(features, Tensor.scalar(features.dtype(), eps));
    }
}
