package org.layerzoo.plugins.transnormer;

import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.dense.Activation;
import org.layerzoo.core.op.norm.Root;
import org.layerzoo.core.spi.Signature;
import org.layerzoo.core.spi.Size;
import org.layerzoo.core.spi.StateSpec;
import org.layerzoo.nn.linear.DecoderProvider;
import org.pf4j.Extension;

/** The TransNormer decoder between embedding and head: blocks first, linear attention later. */
@Extension
public final class TransnormerModelProvider extends DecoderProvider<TransnormerModelConfig> {
    @Override
    public Class<TransnormerModelConfig> config() {
        return TransnormerModelConfig.class;
    }

    @Override
    public TransnormerModelConfig defaults(Size size) {
        return switch (size) {
            case TINY -> new TransnormerModelConfig(8, 2, 2, 3, 12, true, false);
            case TEST -> new TransnormerModelConfig(64, 4, 4, 16, 168, true, false);
            case PAPER -> new TransnormerModelConfig(768, 12, 12, 64, 2048, true, false);
        };
    }

    @Override
    public Signature signature(TransnormerModelConfig c) {
        return Signature.causalMixer(
                new StateSpec("layers.i.mixer.k", "growing", "B H S d", "keys of the block, early layers"),
                new StateSpec("layers.i.mixer.v", "growing", "B H S d", "values of the block, early layers"),
                new StateSpec("layers.i.mixer.kv", "fixed", "B H d d", "late layers, F32 or wider"));
    }

    @Override
    protected Plan plan(TransnormerModelConfig c) {
        return new Plan(
                c.layers(),
                c.dim(),
                c.hidden(),
                x -> Fused.rmsNorm(x, 1e-8, Root.OUTSIDE),
                c.swish() ? Activation.SILU : Activation.NONE,
                TransnormerProvider.START,
                (l, p) -> TransnormerProvider.streaming(c.mixer(l), p));
    }
}
