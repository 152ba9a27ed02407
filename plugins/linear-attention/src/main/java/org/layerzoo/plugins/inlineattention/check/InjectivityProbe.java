package org.layerzoo.plugins.inlineattention.check;

import java.util.LinkedHashMap;
import java.util.SequencedMap;
import org.layerzoo.core.op.Errors;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.spi.CheckContext;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.nn.FiguresProbe;
import org.layerzoo.plugins.inlineattention.Injective;
import org.pf4j.Extension;

/**
 * Do a query and its double get the same weights (section 3)? The relative difference between the weights of both over 64 random keys of 8 positive
 * channels: 0 where linear attention divides, more where it subtracts and of softmax; and with keys that are all alike, where no linear
 * attention can tell them apart.
 */
@Extension
public final class InjectivityProbe extends FiguresProbe {
    public InjectivityProbe() {
        super("injectivity", "Difference between the weights of a query and of its double");
    }

    @Override
    protected SequencedMap<String, Double> figures(CheckContext c) {
        Tensor q = Ops.relu(c.normal64("q", 1, 1, 32, 8)).add(0.1);
        Tensor k = Ops.relu(c.normal64("k", 1, 1, 64, 8)).add(0.1);
        Tensor same = k.slice(2, 0, 1).expand(1, 1, 64, 8);
        SequencedMap<String, Double> out = new LinkedHashMap<>();
        out.put("divided", Errors.relative(Injective.divided(q.mul(2), k), Injective.divided(q, k)));
        out.put("subtracted", Errors.relative(Injective.weights(q.mul(2), k), Injective.weights(q, k)));
        out.put("softmax", Errors.relative(softmax(q.mul(2), k), softmax(q, k)));
        out.put(
                "subtracted, keys alike",
                Errors.relative(Injective.weights(q.mul(2), same), Injective.weights(q, same)));
        return out;
    }

    private static Tensor softmax(Tensor q, Tensor k) {
        return Fused.softmax(q.matmulT(k).div(Math.sqrt(q.dim(3))), -1);
    }
}
