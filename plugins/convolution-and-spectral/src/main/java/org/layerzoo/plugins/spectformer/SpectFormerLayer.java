package org.layerzoo.plugins.spectformer;

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
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.LayerTree;
import org.layerzoo.nn.Linear;
import org.layerzoo.nn.Norm;
import org.layerzoo.nn.PatchEmbed;
import org.layerzoo.nn.Sequences;
import org.layerzoo.nn.VitAttention;
import org.layerzoo.nn.VitBlock;

/**
 * SpectFormer (sections 3.1 to 3.3), image [B, C, a p, b p] -> logits [B, K]: patches, learned positions, alpha spectral
 * blocks, depth - alpha attention blocks, layer norm, mean over tokens, linear head:
 *
 * <pre>
 * spectral: x + MLP(LN2(irfft2(W * rfft2(LN1 x))));  attention: x = x + MSA(LN1 x), x + MLP(LN2 x)
 * </pre>
 *
 * FLOPs O(N log N) a spectral and O(N^2) an attention layer. Equals SpectFormer of the authors' vanilla spectformer.py.
 */
final class SpectFormerLayer implements Layer {
    private final SpectFormerConfig c;
    private final PatchEmbed patches;
    private final Param positions;
    private final List<Layer> blocks;
    private final Norm norm;
    private final Linear head;

    SpectFormerLayer(SpectFormerConfig c, Params p) {
        this.c = c;
        patches = PatchEmbed.of(p, "patch_embed.proj", c.channels(), c.dim(), c.patch());
        Shape grid = Shape.of(1, c.height() * c.width(), c.dim());
        positions = p.weight("pos_embed", grid, Init.truncatedNormal(0.02), new Param.Attr.NoDecay());
        blocks = new ArrayList<>();
        for (int i = 0; i < c.depth(); i++) {
            double drop = c.depth() == 1 ? 0 : c.dropPath() * i / (c.depth() - 1);
            blocks.add(block(p.at(path(i)), c, i < c.alpha(), drop));
        }
        norm = Norm.Layer.of(p, "norm", c.dim(), c.eps());
        head = Linear.truncated(p, "head", c.dim(), c.classes(), true);
    }

    private SpectFormerLayer(SpectFormerLayer l, List<Layer> blocks) {
        this.c = l.c;
        this.patches = l.patches;
        this.positions = l.positions;
        this.blocks = blocks;
        this.norm = l.norm;
        this.head = l.head;
    }

    private static String path(int i) {
        return "blocks." + i;
    }

    /** One block of the stack, its parameters at p. */
    static Layer block(Params p, SpectFormerConfig c, boolean spectral, double dropPath) {
        // A ratio that is a quotient of two widths must give back the width.
        int hidden = Math.max(1, (int) (c.dim() * c.mlpRatio() + 1e-9));
        VitBlock.Options o = new VitBlock.Options(c.dim(), hidden, c.eps(), Optional.empty(), dropPath);
        return spectral
                ? SpectralBlock.of(p, o, c.height(), c.width())
                : new VitBlock(p, o, q -> new VitAttention(q, c.dim(), c.heads(), true));
    }

    @Override
    public Tensors forward(Tensors in, Call call) {
        Sequences.wholeRows(call, "spectformer");
        Tensor image = in.get("image");
        c.accept(image, "spectformer");
        Tensor x = patches.apply(image).add(positions.value()); // [B, a b, D]
        for (int i = 0; i < blocks.size(); i++) {
            x = blocks.get(i).forward(Tensors.of("x", x), call.under(path(i))).get("y");
        }
        Tensor features = norm.apply(x).mean(1);
        call.aux().put("features", features);
        return Tensors.of("logits", head.apply(features));
    }

    @Override
    public SequencedMap<String, Layer> children() {
        return LayerTree.stack(blocks, SpectFormerLayer::path);
    }

    @Override
    public Layer with(String path, Layer replacement) {
        return LayerTree.with(this, path, replacement, other -> new SpectFormerLayer(this, other));
    }

    @Override
    public List<Site> sites() {
        return LayerTree.sites(this);
    }
}
