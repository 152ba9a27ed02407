package org.layerzoo.plugins.blockrecurrenttransformer;

import java.util.EnumSet;
import java.util.List;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.spi.Build;
import org.layerzoo.core.spi.Check;
import org.layerzoo.core.spi.Contract;
import org.layerzoo.core.spi.GoldenFunction;
import org.layerzoo.core.spi.LayerProvider;
import org.layerzoo.core.spi.Mode;
import org.layerzoo.core.spi.Signature;
import org.layerzoo.core.spi.Size;
import org.layerzoo.core.spi.StateSpec;
import org.layerzoo.nn.memory.StateGate;
import org.layerzoo.plugins.blockrecurrenttransformer.BrtConfig.Cell;
import org.layerzoo.plugins.blockrecurrenttransformer.BrtConfig.Form;
import org.layerzoo.plugins.blockrecurrenttransformer.BrtConfig.Logits;
import org.layerzoo.plugins.blockrecurrenttransformer.BrtConfig.Mask;
import org.layerzoo.plugins.blockrecurrenttransformer.check.BrtChecks;
import org.pf4j.Extension;

/** Block-Recurrent Transformer: sliding windows, and in one layer states that are rewritten once a block. */
@Extension
public final class BrtProvider implements LayerProvider<BrtConfig> {
    @Override
    public Class<BrtConfig> config() {
        return BrtConfig.class;
    }

    @Override
    public BrtConfig defaults(Size size) {
        return switch (size) {
            case TINY -> of(8, 2, 4, 12, 4, 2, 1, 3);
            case TEST -> of(64, 4, 16, 256, 16, 4, 2, 8);
            case PAPER -> of(1024, 8, 128, 4096, 512, 12, 9, 512);
        };
    }

    private static BrtConfig of(int dim, int heads, int d, int hidden, int window, int layers, int at, int states) {
        Cell cell = new Cell(states, Form.SKIP, StateGate.Kind.FIXED, false, true);
        return new BrtConfig(dim, heads, d, hidden, window, layers, at, cell, Mask.STRICT, Logits.COSINE, false);
    }

    static Signature signature(Contract contract) {
        return Signature.mixer(
                contract,
                EnumSet.of(Mode.SELF_CAUSAL, Mode.STREAMING),
                new StateSpec("k", "growing", "B H 2W d", "keys of the last block and the open one"),
                new StateSpec("v", "growing", "B H 2W d", "values of the last block and the open one"),
                new StateSpec("c", "fixed", "B S D", "states behind the last full block"));
    }

    @Override
    public Signature signature(BrtConfig c) {
        return signature(Contract.causalStreaming());
    }

    @Override
    public Layer build(BrtConfig c, Build build) {
        return new BrtStack(c, build.params());
    }

    @Override
    public List<GoldenFunction> golden() {
        return BrtGolden.all();
    }

    @Override
    public List<Check> checks() {
        return BrtChecks.all();
    }
}
