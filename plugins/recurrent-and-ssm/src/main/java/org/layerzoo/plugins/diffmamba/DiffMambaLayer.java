package org.layerzoo.plugins.diffmamba;

import java.util.ArrayList;
import java.util.List;
import java.util.SequencedMap;
import org.layerzoo.core.layer.Init;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.Wide;
import org.layerzoo.core.state.Opening;
import org.layerzoo.core.state.State;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.Norm;
import org.layerzoo.nn.linear.LinearMixer;
import org.layerzoo.nn.linear.Pass;
import org.layerzoo.plugins.diffmamba.DiffMambaConfig.Lambda;

/**
 * Differential Mamba (section 3), x [B, T, D] -> y [B, T, D]:
 *
 * <pre>
 * y = (1 - lambda_init) RMSNorm(Mamba_1(x) - lambda Mamba_2(x));  lambda = sigmoid(sum_d w_d) + lambda_init
 * </pre>
 *
 * with lambda_init = 0.8 - 0.6 exp(-0.3 (l - 1)) in layer l. Two Mamba-2 mixers run as one scan over the heads of both. FLOPs and state of two
 * mixers. Equals modules/diffmamba2block.py:DiffMamba2 of the authors.
 */
final class DiffMambaLayer implements LinearMixer {
    private final Pair pair;
    private final Lambda form;
    private final double start;
    private final List<Param> lambda = new ArrayList<>();
    private final Norm norm;

    DiffMambaLayer(DiffMambaConfig c, Params p, double start, int depth) {
        this.form = c.lambda();
        this.start = start;
        boolean one = c.lambda() == Lambda.SIGMOID;
        for (String name : one ? List.of("q1") : List.of("q1", "k1", "q2", "k2")) {
            int size = one ? c.dim() : c.states();
            lambda.add(p.weight("lambda_" + name, Shape.of(size), Init.normal(1), new Param.Attr.NoDecay()));
        }
        pair = Pair.of(c, p, depth);
        norm = Norm.Rms.of(p, "subln", c.dim(), 1e-5);
    }

    @Override
    public String layer() {
        return "diff-mamba";
    }

    @Override
    public List<Memory> memory() {
        return List.of();
    }

    @Override
    public State open(Opening o) {
        return pair.open(o);
    }

    /** The share of the second mixer, a number in F32 or wider. */
    Tensor lambda() {
        Tensor learned = form == Lambda.SIGMOID
                ? Ops.sigmoid(Wide.up(lambda.getFirst().value()).sum(0))
                : exponential(0).sub(exponential(2));
        return learned.add(start);
    }

    private Tensor exponential(int i) {
        return Ops.exp(Wide.up(lambda.get(i).value())
                .mul(Wide.up(lambda.get(i + 1).value()))
                .sum(0));
    }

    @Override
    public Tensor mix(Tensors in, Pass p) {
        List<Tensor> y = pair.outputs(in.get("x"), p);
        Tensor share = lambda().cast(y.getFirst().dtype());
        return norm.apply(y.getFirst().sub(y.getLast().mul(share))).mul(1 - start);
    }

    @Override
    public SequencedMap<String, Layer> children() {
        return pair.children();
    }
}
