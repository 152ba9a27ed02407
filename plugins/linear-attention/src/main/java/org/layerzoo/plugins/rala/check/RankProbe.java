package org.layerzoo.plugins.rala.check;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.spi.CheckContext;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.nn.FiguresProbe;
import org.layerzoo.nn.Heads;
import org.layerzoo.plugins.rala.RankAugmented;
import org.pf4j.Extension;

/** Effective ranks of what 256 blurred tokens with 32 channels become under random weights: RALA, elu + 1 attention, softmax attention. */
@Extension
public final class RankProbe extends FiguresProbe {
    public RankProbe() {
        super("rank", "Effective rank of the output, at most 32");
    }

    @Override
    protected SequencedMap<String, Double> figures(CheckContext c) {
        Tensor w = c.normal64("w", 32, 128).div(Math.sqrt(32));
        List<Tensor> t = Ops.split(RalaChecks.smooth(c, 0).matmul(w), -1, 32, 32, 32, 32);
        List<Tensor> heads =
                t.subList(0, 3).stream().map(h -> Heads.split(h, 4)).toList();
        RankAugmented on = RalaChecks.core(heads, true, false);
        var rope = Optional.of(RankAugmented.Rotation.of(16, 16, 8, DType.F64));
        Tensor y = Heads.merge(new RankAugmented(on.q(), on.k(), on.v(), on.alpha(), rope).read());
        Tensor plain = Heads.merge(RalaChecks.core(heads, false, false).read());
        Tensor softmax = Heads.merge(
                Fused.attend(heads.get(0)).keys(heads.get(1), heads.get(2)).o());
        SequencedMap<String, Double> out = new LinkedHashMap<>();
        out.put("rala", RalaChecks.effectiveRank(y.mul(t.get(3)).squeeze(0)));
        out.put("ungated", RalaChecks.effectiveRank(y.squeeze(0)));
        out.put("plain", RalaChecks.effectiveRank(plain.squeeze(0)));
        out.put("softmax", RalaChecks.effectiveRank(softmax.squeeze(0)));
        return out;
    }
}
