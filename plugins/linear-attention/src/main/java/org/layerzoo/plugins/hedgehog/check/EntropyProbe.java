package org.layerzoo.plugins.hedgehog.check;

import java.util.LinkedHashMap;
import java.util.SequencedMap;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.spi.CheckContext;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.nn.FiguresProbe;
import org.pf4j.Extension;

/** Mean entropy of the rows of weights of 64 random tokens: softmax, the learned map after 500 steps of distillation, 1 + elu. */
@Extension
public final class EntropyProbe extends FiguresProbe {
    public EntropyProbe() {
        super("entropy", "Mean entropy of a row of weights");
    }

    @Override
    protected SequencedMap<String, Double> figures(CheckContext c) {
        HedgehogChecks.Distilled d = HedgehogChecks.Distilled.of(c);
        SequencedMap<String, Double> out = new LinkedHashMap<>();
        out.put("softmax", entropy(d.softmax()));
        out.put("hedgehog", entropy(d.learned()));
        out.put("elu", entropy(d.elu()));
        return out;
    }

    private static double entropy(Tensor w) {
        return w.mul(Ops.log(w)).sum(-1).neg().mean().item();
    }
}
