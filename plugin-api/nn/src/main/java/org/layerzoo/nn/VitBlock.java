package org.layerzoo.nn;

import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.function.Function;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.layer.Site;
import org.layerzoo.core.op.dense.Activation;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;

/**
 * Block of a vision transformer, x [B, T, D] -> y [B, T, D]: x = x + DropPath(g1 * mixer(LN x)); x = x + DropPath(g2 *
 * MLP(LN x)). Parameters {@code norm1}, {@code attn}, {@code norm2}, {@code mlp.fc1}, {@code mlp.fc2} and, with layer
 * scale, {@code gamma1}, {@code gamma2}. Sites are the mixer's, under {@code attn.}.
 */
public final class VitBlock implements Layer {
    private static final String MIXER = "attn";

    /**
     * Sizes and options.
     *
     * @param layerScale initial value of g1 and g2; absent means none
     * @param dropPath probability of dropping a branch while training
     */
    public record Options(int dim, int hidden, double eps, Optional<Double> layerScale, double dropPath) {}

    private final Norm norm1;
    private final Norm norm2;
    private final Layer mixer;
    private final Mlp mlp;
    private final Optional<LayerScale> gamma1;
    private final Optional<LayerScale> gamma2;
    private final double dropPath;

    /** @param mixer declares its parameters at the place it is handed and maps port x to port y */
    public VitBlock(Params p, Options o, Function<Params, Layer> mixer) {
        this.gamma1 = o.layerScale().map(v -> LayerScale.of(p, "gamma1", o.dim(), v));
        this.gamma2 = o.layerScale().map(v -> LayerScale.of(p, "gamma2", o.dim(), v));
        this.norm1 = Norm.Layer.of(p, "norm1", o.dim(), o.eps());
        this.mixer = mixer.apply(p.at(MIXER));
        this.norm2 = Norm.Layer.of(p, "norm2", o.dim(), o.eps());
        this.mlp = mlp(p.at("mlp"), o.dim(), o.hidden());
        this.dropPath = o.dropPath();
    }

    private VitBlock(VitBlock b, Layer mixer) {
        this.gamma1 = b.gamma1;
        this.gamma2 = b.gamma2;
        this.norm1 = b.norm1;
        this.mixer = mixer;
        this.norm2 = b.norm2;
        this.mlp = b.mlp;
        this.dropPath = b.dropPath;
    }

    /** The MLP of vision transformers: {@code fc1}, GELU, {@code fc2}, truncated normal initial values. */
    public static Mlp mlp(Params p, int dim, int hidden) {
        Linear fc1 = Linear.truncated(p, "fc1", dim, hidden, true);
        return new Mlp.Plain(fc1, Linear.truncated(p, "fc2", hidden, dim, true), Activation.GELU);
    }

    @Override
    public Tensors forward(Tensors in, Call call) {
        Tensor x = in.get("x");
        Tensor mixed = mixer.forward(Tensors.of("x", norm1.apply(x)), call.under(MIXER))
                .get("y");
        x = x.add(branch("drop_path1", mixed, gamma1, call));
        return Tensors.of("y", x.add(branch("drop_path2", mlp.apply(norm2.apply(x)), gamma2, call)));
    }

    private Tensor branch(String name, Tensor t, Optional<LayerScale> gamma, Call call) {
        Tensor scaled = gamma.map(g -> g.apply(t)).orElse(t);
        return new DropPath(name, dropPath).apply(scaled, call);
    }

    @Override
    public SequencedMap<String, Layer> children() {
        return LayerTree.child(MIXER, mixer);
    }

    @Override
    public Layer with(String path, Layer replacement) {
        if (!path.equals(MIXER)) {
            throw ZooException.unsupported("vision block: no child at '" + path + "', there is '" + MIXER + "'");
        }
        return new VitBlock(this, replacement);
    }

    @Override
    public List<Site> sites() {
        return mixer.sites().stream().map(s -> s.under(MIXER)).toList();
    }
}
