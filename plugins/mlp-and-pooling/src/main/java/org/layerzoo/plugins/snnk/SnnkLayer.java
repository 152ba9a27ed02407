package org.layerzoo.plugins.snnk;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.layer.Buffer;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Draws;
import org.layerzoo.core.layer.Init;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.layer.Site;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.Sequences;
import org.layerzoo.plugins.snnk.SnnkConfig.Form;
import org.layerzoo.plugins.snnk.SnnkConfig.Function;
import org.layerzoo.plugins.snnk.SnnkConfig.Kernel;

/**
 * Scalable neural network kernel (section 3), x [B, T, D] -> y [B, T, l]: a feed-forward layer f(W x + b) as a product of
 * features of the input alone and of the parameters alone,
 *
 * <pre>
 * y = Psi(W, b) Phi(x),  E[Psi_i(W, b) . Phi(x)] = f(w_i . x + b_i);  or y = V Phi(x), y = x + V Phi(x) with V trained
 * </pre>
 *
 * FLOPs O(B T m (D + l)) against O(B T D l), trained numbers l m against l D. G and omega are drawn once and kept.
 */
final class SnnkLayer implements Layer {
    private static final String FEATURES = "features";

    private final SnnkConfig c;
    private final Buffer g;
    private final Optional<Buffer> omega;
    private final Param weight;
    private final Optional<Param> bias;

    SnnkLayer(SnnkConfig c, Params p, DType dtype) {
        this.c = c;
        g = p.buffer("G", dtype, Shape.of(c.features(), c.dim()), Directions.init(c.orthogonal()));
        omega = c.kernel() instanceof Kernel.Wave w
                ? Optional.of(p.buffer("omega", dtype, Shape.of(c.features()), frequencies(w.function())))
                : Optional.empty();
        Shape v = Shape.of(c.outputs(), map().size());
        Shape w = Shape.of(c.outputs(), c.dim());
        weight = switch (c.form()) {
            case Form.Direct f -> p.weight("V", v, this::psiOfRandom);
            case Form.Weights f -> p.weight("W", w, Init.linear());
            case Form.Adapter f -> p.weight("V", v, Init.zeros());
        };
        boolean biased = c.form() instanceof Form.Weights && c.kernel() instanceof Kernel.Wave;
        bias = biased
                ? Optional.of(p.weight("b", Shape.of(c.outputs()), Init.bias(c.dim()), new Param.Attr.NoDecay()))
                : Optional.empty();
    }

    /** omega of tau(xi): two deltas at 1 for sine and cosine, a normal density for exp(-z^2/2), where tau / p = 1. */
    private static Init frequencies(Function f) {
        return f == Function.GAUSSIAN ? Init.normal(1) : Init.ones();
    }

    private Tensor psiOfRandom(String path, Shape shape, DType dtype, Draws draws) {
        Tensor w0 = Init.linear().values(path, Shape.of(c.outputs(), c.dim()), dtype, draws);
        return map().psi(w0, Optional.empty()).whole();
    }

    private FeatureMap map() {
        return switch (c.kernel()) {
            case Kernel.Relu k -> new FeatureMap.Relu(g.value());
            case Kernel.Wave k ->
                new FeatureMap.Wave(
                        k.function(),
                        g.value(),
                        omega.orElseThrow().value(),
                        k.a(),
                        k.balance().orElse(Math.pow(c.dim(), 0.25)));
        };
    }

    @Override
    public Tensors forward(Tensors in, Call call) {
        Sequences.wholeRows(call, "snnk");
        Tensor x = in.get("x");
        if (x.dim(-1) != c.dim()) {
            throw ZooException.badShape("snnk: x [B, T, " + c.dim() + "] expected, given " + x.shape());
        }
        FeatureMap map = map();
        FeatureMap.Features phi = map.phi(x);
        phi = new FeatureMap.Features(call.taps().at(FEATURES, phi.values()), phi.log());
        Tensor w = weight.value();
        Tensor y =
                switch (c.form()) {
                    case Form.Weights f -> phi.times(map.psi(w, bias.map(Param::value)));
                    case Form.Direct f -> phi.whole().matmulT(w);
                    case Form.Adapter f -> x.add(phi.whole().matmulT(w));
                };
        return Tensors.of("y", y);
    }

    @Override
    public List<Site> sites() {
        return List.of(new Site(FEATURES, "B T F"));
    }
}
