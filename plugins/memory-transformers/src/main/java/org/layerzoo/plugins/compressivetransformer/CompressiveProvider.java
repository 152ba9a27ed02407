package org.layerzoo.plugins.compressivetransformer;

import java.util.EnumSet;
import java.util.List;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.spi.Build;
import org.layerzoo.core.spi.Check;
import org.layerzoo.core.spi.Contract;
import org.layerzoo.core.spi.LayerProvider;
import org.layerzoo.core.spi.Mode;
import org.layerzoo.core.spi.Signature;
import org.layerzoo.core.spi.Size;
import org.layerzoo.core.spi.StateSpec;
import org.layerzoo.core.spi.Waiver;
import org.layerzoo.nn.memory.Compression.Function;
import org.layerzoo.nn.memory.Compression.Training;
import org.layerzoo.plugins.compressivetransformer.check.CompressiveChecks;
import org.pf4j.Extension;

/** Compressive Transformer: memories that fall out of the cache are compressed instead of dropped. */
@Extension
public final class CompressiveProvider implements LayerProvider<CompressiveConfig> {
    @Override
    public Class<CompressiveConfig> config() {
        return CompressiveConfig.class;
    }

    @Override
    public CompressiveConfig defaults(Size size) {
        return switch (size) {
            case TINY -> of(8, 2, 16, 8, 8, 4);
            case TEST -> of(64, 4, 256, 16, 16, 16);
            case PAPER ->
                new CompressiveConfig(1024, 8, 3072, 768, 768, 1152, 3, Function.CONV, Training.ATTENTION, false);
        };
    }

    private static CompressiveConfig of(int dim, int heads, int hidden, int segment, int memory, int compressed) {
        return new CompressiveConfig(
                dim, heads, hidden, segment, memory, compressed, 4, Function.CONV, Training.ATTENTION, false);
    }

    @Override
    public Signature signature(CompressiveConfig c) {
        return Signature.mixer(
                Contract.causalStreaming().owningResidual(),
                EnumSet.of(Mode.SELF_CAUSAL, Mode.STREAMING),
                new StateSpec("cm", "growing", "B ncm D", "compressed memories"),
                new StateSpec("m", "growing", "B nm D", "memories"),
                new StateSpec("h", "growing", "B ns D", "inputs of the open segment"),
                new StateSpec("k", "growing", "B H S d", "keys of memories and open segment"),
                new StateSpec("v", "growing", "B H S d", "values of memories and open segment"),
                new StateSpec("mass", "growing", "B S", "attention paid to each in this segment"));
    }

    @Override
    public Layer build(CompressiveConfig c, Build build) {
        return new CompressiveLayer(c, build.params());
    }

    @Override
    public List<Waiver> waivers() {
        return List.of(new Waiver("declared residual", "a norm stands behind the sum, as in the paper"));
    }

    @Override
    public List<Check> checks() {
        return CompressiveChecks.all();
    }
}
