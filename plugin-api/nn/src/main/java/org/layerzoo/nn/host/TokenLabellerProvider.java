package org.layerzoo.nn.host;

import java.util.EnumSet;
import java.util.List;
import java.util.SequencedMap;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.layer.Site;
import org.layerzoo.core.spi.Build;
import org.layerzoo.core.spi.Contract;
import org.layerzoo.core.spi.Mode;
import org.layerzoo.core.spi.Signature;
import org.layerzoo.core.tensor.Tensors;

/** {@link CausalLm} around mixers that may look ahead: a label at each token. It has no stream. */
public class TokenLabellerProvider extends CausalLmProvider {
    public TokenLabellerProvider() {}

    /** A provider whose defaults are this configuration, whatever the size. */
    public TokenLabellerProvider(CausalLmConfig preset) {
        super(preset);
    }

    @Override
    public Signature signature(CausalLmConfig c) {
        Signature causal = super.signature(c);
        return new Signature(
                causal.in(), causal.out(), List.of(), EnumSet.of(Mode.SELF_NONCAUSAL), Contract.bidirectional());
    }

    @Override
    public Layer build(CausalLmConfig c, Build build) {
        return new BothWays(CausalLm.of(c, build, false));
    }

    /** Hides that the model could stream. */
    private record BothWays(Layer model) implements Layer {
        @Override
        public Tensors forward(Tensors in, Call call) {
            return model.forward(in, call);
        }

        @Override
        public SequencedMap<String, Layer> children() {
            return model.children();
        }

        @Override
        public Layer with(String path, Layer replacement) {
            return new BothWays(model.with(path, replacement));
        }

        @Override
        public List<Site> sites() {
            return model.sites();
        }
    }
}
