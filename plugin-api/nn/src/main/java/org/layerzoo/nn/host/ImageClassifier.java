package org.layerzoo.nn.host;

import java.util.ArrayList;
import java.util.List;
import java.util.SequencedMap;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Init;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.layer.Site;
import org.layerzoo.core.spi.Build;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.LayerTree;
import org.layerzoo.nn.Linear;
import org.layerzoo.nn.Norm;
import org.layerzoo.nn.PatchEmbed;

/**
 * Classifier of square images, image [B, C, s, s] -> logits y [B, K]: patches row by row, learned positions, pre-norm blocks around any
 * mixer that looks both ways, norm, mean of the patches, linear head. A mixer of maps gets the map of the patches.
 *
 * <p>Children and sites as in {@link CausalLm}; site {@code pooled} [B D].
 */
public final class ImageClassifier implements Layer {
    private static final String EMBED = "embed";
    private static final String POOLED = "pooled";

    private final ImageConfig c;
    private final PatchEmbed patches;
    private final Param places;
    private final List<Layer> blocks;
    private final Norm norm;
    private final Linear head;

    private ImageClassifier(
            ImageConfig c, PatchEmbed patches, Param places, List<Layer> blocks, Norm norm, Linear head) {
        this.c = c;
        this.patches = patches;
        this.places = places;
        this.blocks = List.copyOf(blocks);
        this.norm = norm;
        this.head = head;
    }

    static ImageClassifier of(ImageConfig c, Build b) {
        PatchEmbed patches = PatchEmbed.of(b.params(), "patches", c.colours(), c.dim(), c.patch());
        Shape table = Shape.of(c.tokens(), c.dim());
        Param places = b.params().weight("positions.weight", table, Init.normal(0.02), new Param.Attr.NoDecay());
        List<Layer> blocks = new ArrayList<>();
        for (int l = 0; l < c.depth(); l++) {
            blocks.add(TransformerBlock.of(b.at(CausalLm.path(l)).at(l, c.depth()), c.stem(), false));
        }
        Norm norm = c.norm().build(b.params(), "norm", c.dim());
        return new ImageClassifier(
                c, patches, places, blocks, norm, Linear.of(b.params(), "head", c.dim(), c.classes(), true));
    }

    @Override
    public Tensors forward(Tensors in, Call call) {
        Tensor image = in.get("image");
        if (image.rank() != 4 || image.dim(1) != c.colours() || image.dim(2) != c.side() || image.dim(3) != c.side()) {
            throw ZooException.badShape("images [B, " + c.colours() + ", " + c.side() + ", " + c.side()
                    + "] expected, given " + image.shape());
        }
        Tensor x = call.taps().at(EMBED, patches.apply(image).add(places.value()));
        for (int l = 0; l < blocks.size(); l++) {
            x = blocks.get(l)
                    .forward(Tensors.of("x", x), call.under(CausalLm.path(l)))
                    .get("y");
        }
        return Tensors.of("y", head.apply(call.taps().at(POOLED, norm.apply(x).mean(1))));
    }

    @Override
    public SequencedMap<String, Layer> children() {
        return LayerTree.stack(blocks, CausalLm::path);
    }

    @Override
    public Layer with(String path, Layer replacement) {
        return LayerTree.with(
                this, path, replacement, other -> new ImageClassifier(c, patches, places, other, norm, head));
    }

    @Override
    public List<Site> sites() {
        List<Site> out = new ArrayList<>(List.of(new Site(EMBED, "B T D")));
        out.addAll(LayerTree.sites(this));
        out.add(new Site(POOLED, "B D"));
        return out;
    }
}
