package org.layerzoo.plugins.vig;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Init;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.layer.Site;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.dense.Activation;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.DownConv;
import org.layerzoo.nn.DropPath;
import org.layerzoo.nn.LayerTree;
import org.layerzoo.nn.Linear;
import org.layerzoo.nn.Mlp;
import org.layerzoo.nn.Norm;
import org.layerzoo.nn.Sequences;
import org.layerzoo.plugins.vig.VigModelConfig.Ffn;
import org.layerzoo.plugins.vig.VigModelConfig.Stem;

/**
 * The ViG backbone (section 3.4), image [B, C, a p, b p] -> logits [B, K]: patches, learned positions, blocks
 *
 * <pre>
 * x = x + BiGLA(RMSNorm x);  x = x + FFN(RMSNorm x)
 * </pre>
 *
 * RMSNorm, mean over tokens, linear head. Between stages (ViG-H) a convolution of stride 2 with layer norm halves the map. FLOPs
 * linear in tokens.
 */
final class VigModel implements Layer {
    private static final double EPS = 1e-6;

    private final VigModelConfig c;
    private final List<DownConv> stem;
    private final Optional<Param> positions;
    private final List<Block> blocks = new ArrayList<>();
    private final Norm norm;
    private final Linear head;

    /** What comes before a block where a stage begins, and the block. */
    private record Block(
            Optional<DownConv> before,
            Norm norm1,
            VigLayer mixer,
            Norm norm2,
            Mlp mlp,
            DropPath drop1,
            DropPath drop2) {
        Tensor apply(Tensor x, Call call) {
            Tensor y = mixer.forward(Tensors.of("x", norm1.apply(x)), call).get("y");
            Tensor mixed = x.add(drop1.apply(y, call));
            return mixed.add(drop2.apply(mlp.apply(norm2.apply(mixed)), call));
        }
    }

    VigModel(VigModelConfig c, Params p) {
        this.c = c;
        int dim = c.stages().getFirst().dim();
        int half = c.patch() / 2;
        stem = c.stem() == Stem.PATCHES
                ? List.of(DownConv.of(
                        p,
                        "patch_embed.proj",
                        Optional.empty(),
                        c.channels(),
                        dim,
                        new DownConv.Step(c.patch(), c.patch(), 0)))
                : List.of(
                        DownConv.of(
                                p,
                                "patch_embed.proj.0",
                                Optional.of("patch_embed.proj.1"),
                                c.channels(),
                                dim / 2,
                                new DownConv.Step(half + 1, half, 1)),
                        DownConv.of(
                                p,
                                "patch_embed.proj.3",
                                Optional.of("patch_embed.proj.4"),
                                dim / 2,
                                dim,
                                new DownConv.Step(3, 2, 1)));
        Shape grid = Shape.of(1, c.height() * c.width(), dim);
        positions = c.positions()
                ? Optional.of(p.weight("pos_embed", grid, Init.truncatedNormal(0.02), new Param.Attr.NoDecay()))
                : Optional.empty();
        for (int s = 0; s < c.stages().size(); s++) {
            for (int i = 0; i < c.stages().get(s).depth(); i++) {
                blocks.add(block(p, s, i == 0 && s > 0));
            }
        }
        int last = c.stages().getLast().dim();
        norm = Norm.Rms.of(p, "norm", last, EPS);
        head = Linear.truncated(p, "head", last, c.classes(), true);
    }

    private Block block(Params p, int stage, boolean first) {
        VigConfig m = c.mixer(stage);
        int i = blocks.size();
        Params at = p.at(path(i));
        double drop = c.depth() == 1 ? 0 : c.dropPath() * i / (c.depth() - 1);
        return new Block(
                first
                        ? Optional.of(DownConv.of(
                                p,
                                "downsample." + stage + ".0",
                                Optional.of("downsample." + stage + ".1"),
                                c.mixer(stage - 1).dim(),
                                m.dim(),
                                new DownConv.Step(3, 2, 1)))
                        : Optional.empty(),
                Norm.Rms.of(at, "attn_norm", m.dim(), EPS),
                new VigLayer(m, at.at("attn")),
                Norm.Rms.of(at, "mlp_norm", m.dim(), EPS),
                c.ffn() == Ffn.SWIGLU
                        ? Mlp.SwiGlu.of(at.at("mlp"), m.dim(), hidden(m.dim()))
                        : Mlp.Plain.of(at.at("mlp"), m.dim(), 4 * m.dim(), Activation.SILU),
                new DropPath("drop_path1", drop),
                new DropPath("drop_path2", drop));
    }

    /** 8/3 D, up to a multiple of 256 from D = 96 on, as released. */
    static int hidden(int dim) {
        int about = dim * 8 / 3;
        return dim < 96 ? about : (about + 255) / 256 * 256;
    }

    private static String path(int i) {
        return "blocks." + i;
    }

    @Override
    public Tensors forward(Tensors in, Call call) {
        Sequences.wholeRows(call, "vig/model");
        Tensor image = in.get("image");
        c.accept(image, "vig/model");
        Tensor x = stem.getFirst().apply(image);
        if (stem.size() == 2) {
            x = stem.get(1).apply(Ops.silu(x), 2 * c.height(), 2 * c.width());
        }
        if (positions.isPresent()) {
            x = x.add(positions.get().value());
        }
        int[] side = {c.height(), c.width()};
        for (int i = 0; i < blocks.size(); i++) {
            Block b = blocks.get(i);
            if (b.before().isPresent()) {
                x = b.before().get().apply(x, side[0], side[1]);
                side = new int[] {(side[0] + 1) / 2, (side[1] + 1) / 2};
            }
            x = b.apply(x, call.under(path(i)));
        }
        Tensor features = norm.apply(x).mean(1);
        call.aux().put("features", features);
        return Tensors.of("logits", head.apply(features));
    }

    @Override
    public SequencedMap<String, Layer> children() {
        return LayerTree.stack(blocks.stream().map(Block::mixer).toList(), VigModel::path);
    }

    @Override
    public List<Site> sites() {
        return LayerTree.sites(this);
    }
}
