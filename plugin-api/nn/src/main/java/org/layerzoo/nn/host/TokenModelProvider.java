package org.layerzoo.nn.host;

import java.util.EnumSet;
import java.util.List;
import org.layerzoo.core.layer.Draws;
import org.layerzoo.core.layer.Init;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.layer.Streaming;
import org.layerzoo.core.spi.Build;
import org.layerzoo.core.spi.LayerProvider;
import org.layerzoo.core.spi.Mode;
import org.layerzoo.core.spi.Port;
import org.layerzoo.core.spi.Scale;
import org.layerzoo.core.spi.Signature;
import org.layerzoo.core.spi.StateSpec;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensors;

/** {@code <plugin>/lm}: a paper's own stack between embedding and head, as {@link TokenModel}. */
public abstract class TokenModelProvider<C extends Record> implements LayerProvider<C> {
    /** Embedding and head. @param deviation of the embedding's initial values @param scale of the logits */
    public record Ends(int vocab, int dim, String name, double deviation, double scale) {}

    protected abstract Ends ends(C config);

    /** What the stack declares: x -> y. */
    protected abstract Signature around(C config);

    protected abstract Streaming stack(C config, Params p);

    @Override
    public String name() {
        return "lm";
    }

    @Override
    public Signature signature(C c) {
        Signature stack = around(c);
        return new Signature(
                List.of(Port.in("tokens", "B T", "token ids below V").as(DType.I64)),
                List.of(Port.out("y", "B T V", "logits of the next token")),
                stack.state().stream()
                        .map(s -> new StateSpec(TokenModel.STACK + "." + s.name(), s.kind(), s.axes(), s.doc()))
                        .toList(),
                EnumSet.of(Mode.SELF_CAUSAL, Mode.STREAMING),
                stack.contract());
    }

    @Override
    public int axisSize(C c, String axis) {
        return ends(c).vocab();
    }

    @Override
    public Tensors example(C c, Scale scale, Draws draws) {
        return Tensors.of(
                "tokens", draws.integers("example.tokens", 0, ends(c).vocab(), scale.batch(), scale.length()));
    }

    @Override
    public Layer build(C c, Build build) {
        Ends e = ends(c);
        return new TokenModel(
                build.params().weight(e.name(), Shape.of(e.vocab(), e.dim()), Init.normal(e.deviation())),
                stack(c, build.params()),
                e.scale());
    }
}
