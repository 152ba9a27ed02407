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

/**
 * What 256 blurred tokens with 32 channels become under random weights: RALA, the same without its gate and without its weights of keys, elu
 * + 1 attention and softmax attention; and the buffers of the first and the fourth. Effective ranks, and numerical ones: singular values above
 * a thousandth of the largest.
 */
@Extension
public final class RankProbe extends FiguresProbe {
    public RankProbe() {
        super("rank", "Ranks of output and buffer, at most 32 and 8");
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
        Tensor unweighed =
                Heads.merge(new RankAugmented(on.q(), on.k(), on.v(), Ops.onesLike(on.alpha()), rope).read());
        SequencedMap<String, Double> out = new LinkedHashMap<>();
        ranks(out, "rala", y.mul(t.get(3)));
        ranks(out, "ungated", y);
        ranks(out, "unweighed", unweighed.mul(t.get(3)));
        ranks(out, "plain", plain);
        ranks(out, "softmax", softmax);
        buffer(out, "buffer", on);
        buffer(out, "plain_buffer", RalaChecks.core(heads, false, false));
        return out;
    }

    private static void ranks(SequencedMap<String, Double> out, String name, Tensor y) {
        out.put(name, RalaChecks.effectiveRank(y.squeeze(0)));
        out.put(name + "_rank", RalaChecks.rank(y.squeeze(0)));
    }

    /** Means over the four heads. */
    private static void buffer(SequencedMap<String, Double> out, String name, RankAugmented a) {
        for (int h = 0; h < 4; h++) {
            Tensor b = a.buffer().select(1, h).squeeze(0);
            out.merge(name, RalaChecks.effectiveRank(b) / 4, Double::sum);
            out.merge(name + "_rank", RalaChecks.rank(b) / 4, Double::sum);
        }
    }
}
