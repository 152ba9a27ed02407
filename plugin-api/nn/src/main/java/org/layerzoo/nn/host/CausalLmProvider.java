package org.layerzoo.nn.host;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.spi.Build;
import org.layerzoo.core.spi.Contract;
import org.layerzoo.core.spi.Mode;
import org.layerzoo.core.spi.Port;
import org.layerzoo.core.spi.Signature;
import org.layerzoo.core.spi.StateSpec;
import org.layerzoo.core.tensor.DType;

/** Causal language models around any causal mixer; {@link CausalLm}. */
public non-sealed class CausalLmProvider extends HostProvider<CausalLmConfig> {
    public CausalLmProvider() {
        super(Optional.empty());
    }

    /** A provider whose defaults are this configuration, whatever the size. */
    public CausalLmProvider(CausalLmConfig preset) {
        super(Optional.of(preset));
    }

    @Override
    public Class<CausalLmConfig> config() {
        return CausalLmConfig.class;
    }

    @Override
    Numbers paper() {
        return new Numbers(50257, 768, 12, 12, 1024);
    }

    @Override
    CausalLmConfig sized(Numbers n) {
        return CausalLmConfig.usual(n.vocab(), n.dim(), n.heads(), n.depth(), 4 * n.dim(), n.length());
    }

    @Override
    public Signature signature(CausalLmConfig c) {
        List<Port> in = List.of(Port.in("tokens", "B T", "token ids below V").as(DType.I64));
        List<Port> out = List.of(Port.out("y", "B T V", "logits of the next token"));
        if (c.mixer() instanceof Mixer.Attention) {
            return new Signature(
                    in, out, state(c), EnumSet.of(Mode.SELF_CAUSAL, Mode.STREAMING), Contract.causalStreaming());
        }
        // What a plugin's mixer can do beyond being causal is known when it is built.
        return new Signature(
                in,
                out,
                List.of(),
                EnumSet.of(Mode.SELF_CAUSAL),
                Contract.causalStreaming().with(Contract.StreamLaw.NONE));
    }

    private static List<StateSpec> state(CausalLmConfig c) {
        List<StateSpec> out = new ArrayList<>();
        for (int l = 0; l < c.depth(); l++) {
            String at = CausalLm.path(l) + "." + TransformerBlock.MIXER;
            out.add(new StateSpec(at + ".k", "growing", "B Hk S d", "keys so far"));
            out.add(new StateSpec(at + ".v", "growing", "B Hk S d", "values so far"));
        }
        return out;
    }

    @Override
    public Layer build(CausalLmConfig c, Build build) {
        return CausalLm.of(c, build);
    }

    @Override
    public int axisSize(CausalLmConfig c, String axis) {
        return axis.equals("V") ? c.vocab() : super.axisSize(c, axis);
    }

    @Override
    int vocab(CausalLmConfig c) {
        return c.vocab();
    }

    @Override
    public CausalLmConfig atLength(CausalLmConfig c, int length) {
        return new CausalLmConfig(
                c.vocab(),
                c.dim(),
                c.heads(),
                c.depth(),
                c.mixer(),
                c.channels(),
                c.norm(),
                c.positions(),
                Math.max(length, c.length()),
                c.tied());
    }
}
