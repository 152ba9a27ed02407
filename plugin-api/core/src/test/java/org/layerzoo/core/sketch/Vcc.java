package org.layerzoo.core.sketch;

import java.util.List;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.spi.Contract;
import org.layerzoo.core.spi.Mode;
import org.layerzoo.core.spi.Port;
import org.layerzoo.core.spi.Signature;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;

/** vcc: VIP tokens stay fine, the rest is coarsened; what one layer learns about differences the next one needs, hence carries. */
final class Vcc implements Layer {
    static final Signature SIGNATURE = new Signature(
            List.of(
                    Port.carry("vip", "B P D", "important tokens"),
                    Port.carry("fine", "B F D", "chosen blocks"),
                    Port.carry("coarse", "B C D", "block means"),
                    Port.carry("dup", "B C", "log of tokens a mean stands for")),
            List.of(
                    Port.carry("vip", "B P D", "updated"),
                    Port.carry("fine", "B F D", "updated"),
                    Port.carry("coarse", "B C D", "updated"),
                    Port.carry("dup", "B C", "updated")),
            List.of(),
            java.util.Set.of(Mode.SELF_NONCAUSAL),
            Contract.bidirectional().with(Contract.GradientLaw.FROZEN_SELECTION));

    @Override
    public Tensors forward(Tensors in, Call call) {
        Tensor vip = in.get("vip").unsqueeze(1);
        Tensor coarse = in.get("coarse").unsqueeze(1);
        // A mean of n tokens weighs as n: a bias log n on its key, under one softmax with the VIP tokens.
        Tensor o = Fused.attend(vip)
                .keys(vip, vip)
                .keys(coarse, coarse)
                .keyBias(in.get("dup"))
                .o();
        Tensor score = o.matmulT(coarse).mean(1, 2);
        List<Tensor> top = Ops.topK(score, 1, -1, Primitive.TopKOrder.BY_INDEX);
        Tensor chosen = Ops.straightThrough(
                Ops.oneHot(top.get(1), score.dim(1), score.dtype()).sum(1), Fused.softmax(score, -1));
        return in.with("vip", o.squeeze(1)).with("coarse", in.get("coarse").mul(chosen.unsqueeze(-1)));
    }
}
