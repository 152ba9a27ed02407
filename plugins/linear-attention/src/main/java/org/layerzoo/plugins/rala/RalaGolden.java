package org.layerzoo.plugins.rala;

import org.layerzoo.core.layer.Call;
import org.layerzoo.core.spi.Golden;
import org.layerzoo.core.spi.GoldenCase;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.plugins.rala.RalaConfig.Form;

/** How the vectors of the authors' code name and lay out things. */
final class RalaGolden {
    private RalaGolden() {}

    /** Maps (B, C, H, W) of the authors, 1 x 1 convolutions as projections; their rotary tables are made here. */
    static Tensors layer(RalaProvider provider, GoldenCase c) {
        int h = c.integer("H");
        int w = c.integer("W");
        Form form = c.text("module").equals("Block")
                ? new Form.Block(c.integer("ffn_dim"), c.flag("layerscale") ? 1 : 0)
                : new Form.Attention();
        RalaConfig config = new RalaConfig(c.integer("dim"), c.integer("num_heads"), h, w, form);
        Model model = Golden.model(provider, config, c, c.params().map(RalaGolden::ours));
        Tensor x = c.in().get("x");
        Tensor rows = x.reshape(x.dim(0), x.dim(1), h * w).permute(0, 2, 1);
        Tensor y = model.forward(Tensors.of("x", rows), Call.eval()).get("y");
        return Tensors.of("y", y.permute(0, 2, 1).reshape(x.shape()));
    }

    private static Tensor ours(Tensor p) {
        if (p.rank() != 4 || p.dim(2) != 1) {
            return p;
        }
        return p.dim(0) == 1 ? p.reshape(p.dim(1)) : p.reshape(p.dim(0), p.dim(1));
    }
}
