package org.layerzoo.plugins.blockrecurrenttransformer;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.spi.Golden;
import org.layerzoo.core.spi.GoldenCase;
import org.layerzoo.core.spi.GoldenFunction;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.memory.StateGate;
import org.layerzoo.plugins.blockrecurrenttransformer.BrtConfig.Cell;
import org.layerzoo.plugins.blockrecurrenttransformer.BrtConfig.Form;
import org.layerzoo.plugins.blockrecurrenttransformer.BrtConfig.Logits;
import org.layerzoo.plugins.blockrecurrenttransformer.BrtConfig.Mask;

/** TransformerLayer of transformer/transformer_layer.py. */
final class BrtGolden {
    private BrtGolden() {}

    static List<GoldenFunction> all() {
        return List.of(GoldenFunction.of("TransformerLayer", c -> c.level().equals("layer"), BrtGolden::layer));
    }

    private static Tensors layer(GoldenCase c) {
        Form form = c.flag("single_gate") ? Form.SINGLE : c.flag("skip_ffn") ? Form.SKIP : Form.DUAL;
        Cell cell = new Cell(
                c.integer("num_states"),
                form,
                c.text("gate_type").equals("lstm") ? StateGate.Kind.LSTM : StateGate.Kind.FIXED,
                false,
                true);
        BrtConfig config = new BrtConfig(
                c.integer("D"),
                c.integer("H"),
                c.integer("head_size"),
                c.integer("mlp_dim"),
                c.integer("window"),
                1,
                0,
                cell,
                Mask.STRICT,
                c.flag("normalize_keys", true) ? Logits.COSINE : Logits.ROOT,
                false);
        BrtLayer layer = (BrtLayer)
                Golden.model(new BrtLayerProvider(), config, c, c.params()).layer();
        Tensor x = c.in().get("x");
        BrtLayer.Carry start = layer.start(x);
        Tensor fresh = c.in().get("start");
        BrtLayer.Carry from = new BrtLayer.Carry(
                start.k().map(z -> chosen(fresh, z, c.in().get("prev_keys").permute(0, 2, 1, 3))),
                start.v().map(z -> chosen(fresh, z, c.in().get("prev_values").permute(0, 2, 1, 3))),
                chosen(fresh, start.states(), c.in().get("prev_state")));
        BrtLayer.Segment out = layer.run(x, from, Optional.empty());
        return Tensors.of("y", out.y(), "next_state", out.carry().states())
                .with("next_keys", rows(out.carry().k()))
                .with("next_values", rows(out.carry().v()));
    }

    private static Tensor chosen(Tensor fresh, Tensor start, Tensor cached) {
        int[] dims = new int[cached.rank()];
        java.util.Arrays.fill(dims, 1);
        dims[0] = fresh.dim(0);
        return Ops.where(fresh.reshape(dims), start, cached);
    }

    private static Tensor rows(Optional<Tensor> t) {
        return t.orElseThrow().permute(0, 2, 1, 3);
    }
}
