package org.layerzoo.nn.linear;

import java.util.function.BiFunction;
import java.util.function.UnaryOperator;
import org.layerzoo.core.layer.Init;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.layer.Streaming;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.dense.Activation;
import org.layerzoo.core.op.norm.Root;
import org.layerzoo.core.spi.Build;
import org.layerzoo.core.spi.LayerProvider;
import org.layerzoo.core.spi.Signature;
import org.layerzoo.core.spi.Size;
import org.layerzoo.core.spi.StateSpec;
import org.layerzoo.core.tensor.Tensor;

/** A decoder of the TransNormer line between embedding and head, provider {@code model} of a paper: a {@link DecoderStack} of its mixers and SGLU. */
public abstract class DecoderProvider<C extends Record> implements LayerProvider<C> {
    /**
     * What a decoder is made of.
     *
     * @param layers blocks L
     * @param dim model width D
     * @param hidden width inside SGLU
     * @param norm in front of every mixer and SGLU, and at the end
     * @param activation of SGLU's first half
     * @param init of SGLU's weights
     * @param mixer of a layer, counted from 0
     */
    public record Plan(
            int layers,
            int dim,
            int hidden,
            UnaryOperator<Tensor> norm,
            Activation activation,
            Init init,
            BiFunction<Integer, Params, Streaming> mixer) {}

    @Override
    public final String name() {
        return "model";
    }

    protected abstract Plan plan(C config);

    @Override
    public Layer build(C config, Build build) {
        Plan s = plan(config);
        return DecoderStack.of(
                build.params(),
                s.layers(),
                s.norm(),
                s.mixer(),
                p -> Sglu.of(p, s.dim(), s.hidden(), s.activation(), s.init())::apply);
    }

    /** SRMSNorm throughout, plain SGLU and one state a layer: TransNormerLLM and TNL. */
    public abstract static class Plain extends DecoderProvider<DecoderConfig> {
        /** The mixer of layer l. */
        protected abstract Streaming mixer(DecoderConfig config, int l, Params p);

        /** How weights start. */
        protected Init init() {
            return Init.linear();
        }

        @Override
        public final Class<DecoderConfig> config() {
            return DecoderConfig.class;
        }

        @Override
        public final DecoderConfig defaults(Size size) {
            return switch (size) {
                case TINY -> new DecoderConfig(8, 2, 2, 12, 4);
                case TEST -> new DecoderConfig(64, 4, 4, 192, 16);
                case PAPER -> new DecoderConfig(1024, 8, 24, 2752, 256);
            };
        }

        @Override
        public final Signature signature(DecoderConfig config) {
            return Signature.causalMixer(new StateSpec(
                    "layers.i.mixer.kv", "fixed", "B H d d", "of layer i, F32 or wider; 2d rows in layer 0"));
        }

        @Override
        protected final Plan plan(DecoderConfig c) {
            return new Plan(
                    c.layers(),
                    c.dim(),
                    c.hidden(),
                    x -> Fused.rmsNorm(x, 1e-6, Root.INSIDE),
                    Activation.NONE,
                    init(),
                    (l, p) -> mixer(c, l, p));
        }
    }
}
