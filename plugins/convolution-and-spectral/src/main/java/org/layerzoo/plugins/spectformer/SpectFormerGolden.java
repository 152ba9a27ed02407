package org.layerzoo.plugins.spectformer;

import java.util.ArrayList;
import java.util.List;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Draws;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.layer.ParamTree;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.spi.Golden;
import org.layerzoo.core.spi.GoldenCase;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;

/** Cases of the authors' modules: which one is told by the names of the parameters, its sizes by their shapes. */
final class SpectFormerGolden {
    /** The released attention block has six heads whatever its width. */
    private static final int RELEASED_HEADS = 6;

    private final GoldenCase c;
    private final Tensor x;

    private SpectFormerGolden(GoldenCase c) {
        this.c = c;
        this.x = c.in().get("x");
    }

    static Tensors run(GoldenCase c) {
        SpectFormerGolden g = new SpectFormerGolden(c);
        if (c.params().has("patch_embed.proj.weight")) {
            return g.model();
        }
        ParamTree tree = new ParamTree(Draws.seeded(0), c.dtype());
        List<Layer> layers = g.layers(tree.root());
        tree.load(c.params(), true);
        Tensor y = g.x;
        for (Layer l : layers) {
            y = l.forward(Tensors.of("x", y), Call.eval()).get("y");
        }
        return Tensors.of("y", y);
    }

    /** The gating alone; its columns are the config's, since the transform keeps half of them and one. */
    static Tensors gating(GoldenCase c) {
        Tensor weight = c.params().get("complex_weight");
        int rows = weight.dim(0);
        int columns = c.has("b") ? c.integer("b") : c.in().get("x").dim(1) / rows;
        GatingConfig config = new GatingConfig(weight.dim(2), rows, columns);
        return Golden.model(new GatingProvider(), config, c, c.params()).forward(c.in(), Call.eval());
    }

    /** One block, or a sequence of blocks whose names start with their index. */
    private List<Layer> layers(Params p) {
        if (c.params().has("norm1.weight")) {
            return List.of(block(p, ""));
        }
        List<Layer> blocks = new ArrayList<>();
        while (c.params().has(blocks.size() + ".norm1.weight")) {
            blocks.add(block(p.at("" + blocks.size()), blocks.size() + "."));
        }
        if (blocks.isEmpty()) {
            throw new ZooException(
                    ErrorCode.BAD_TENSORS,
                    "case " + c.name() + ": no module of SpectFormer has parameters "
                            + c.params().names());
        }
        return blocks;
    }

    private Layer block(Params p, String prefix) {
        boolean spectral = c.params().has(prefix + "filter.complex_weight");
        int rows = spectral ? c.params().get(prefix + "filter.complex_weight").dim(0) : 1;
        return SpectFormerLayer.block(p, config(x.dim(2), prefix, 1, 0, rows, x.dim(1) / rows, 1, 1, 1), spectral, 0);
    }

    private SpectFormerConfig config(
            int dim, String block, int depth, int alpha, int h, int w, int patch, int channels, int classes) {
        boolean attends = c.params().names().stream().anyMatch(n -> n.endsWith("attn.qkv.weight"));
        int heads = attends ? c.integer("num_heads", RELEASED_HEADS) : 1;
        double hidden = c.params().get(block + "mlp.fc1.weight").dim(0);
        return new SpectFormerConfig(
                dim,
                heads,
                depth,
                alpha,
                h,
                w,
                patch,
                channels,
                classes,
                hidden / dim,
                0,
                c.number(c.has("ln_eps") ? "ln_eps" : "eps", 1e-6));
    }

    private Tensors model() {
        Shape kernel = c.params().get("patch_embed.proj.weight").shape();
        int dim = kernel.dim(0);
        int patch = kernel.dim(2);
        int depth = 0;
        int alpha = 0;
        while (c.params().has("blocks." + depth + ".norm1.weight")) {
            alpha += c.params().has("blocks." + depth + ".filter.complex_weight") ? 1 : 0;
            depth++;
        }
        Tensors params = headed(dim);
        SpectFormerConfig config = config(
                dim,
                "blocks.0.",
                depth,
                alpha,
                x.dim(2) / patch,
                x.dim(3) / patch,
                patch,
                kernel.dim(1),
                params.get("head.weight").dim(0));
        Tensor y = Golden.model(new SpectFormerProvider(), config, c, params)
                .forward(Tensors.of("image", x), Call.eval())
                .get("logits");
        return Tensors.of("y", y);
    }

    /** Without classes the released head is the identity. */
    private Tensors headed(int dim) {
        if (c.params().has("head.weight")) {
            return c.params();
        }
        Tensor eye = Ops.oneHot(Ops.iota(DType.I64, dim), dim, c.dtype());
        return c.params().with("head.weight", eye).with("head.bias", Tensor.zeros(c.dtype(), dim));
    }
}
