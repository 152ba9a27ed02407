package org.layerzoo.plugins.spectformer;

import java.util.List;
import java.util.SequencedMap;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.layer.Site;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.DropPath;
import org.layerzoo.nn.LayerTree;
import org.layerzoo.nn.Mlp;
import org.layerzoo.nn.Norm;
import org.layerzoo.nn.VitBlock;

/** x + DropPath(MLP(LN2(gating(LN1(x))))): one residual around both. Parameters norm1, filter, norm2, mlp. */
record SpectralBlock(Norm norm1, Layer filter, Norm norm2, Mlp mlp, DropPath dropPath) implements Layer {
    private static final String FILTER = "filter";

    static SpectralBlock of(Params p, VitBlock.Options o, int h, int w) {
        return new SpectralBlock(
                Norm.Layer.of(p, "norm1", o.dim(), o.eps()),
                new SpectralGating(p.at(FILTER), o.dim(), h, w),
                Norm.Layer.of(p, "norm2", o.dim(), o.eps()),
                VitBlock.mlp(p.at("mlp"), o.dim(), o.hidden()),
                new DropPath("drop_path", o.dropPath()));
    }

    @Override
    public Tensors forward(Tensors in, Call call) {
        Tensor x = in.get("x");
        Tensor y = filter.forward(Tensors.of("x", norm1.apply(x)), call.under(FILTER))
                .get("y");
        return Tensors.of("y", x.add(dropPath.apply(mlp.apply(norm2.apply(y)), call)));
    }

    @Override
    public SequencedMap<String, Layer> children() {
        return LayerTree.child(FILTER, filter);
    }

    @Override
    public Layer with(String path, Layer replacement) {
        if (!path.equals(FILTER)) {
            throw ZooException.unsupported("spectral block: no child at '" + path + "', there is '" + FILTER + "'");
        }
        return new SpectralBlock(norm1, replacement, norm2, mlp, dropPath);
    }

    @Override
    public List<Site> sites() {
        return filter.sites().stream().map(s -> s.under(FILTER)).toList();
    }
}
