package org.layerzoo.plugins.mamba360;

import java.util.function.Supplier;
import org.layerzoo.core.layer.Init;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.Wide;
import org.layerzoo.core.spi.Build;
import org.layerzoo.core.spi.Size;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.Sequences;
import org.layerzoo.nn.map.MapProvider;
import org.layerzoo.nn.ssm.DiagonalBank;
import org.pf4j.Extension;

/**
 * S4ND (Nguyen et al. 2022) with diagonal models: a map of h x w tokens, row by row, x [B, h w, D], is convolved with the
 * outer product of one kernel a channel along columns and one along rows, from all four corners, and D x is added. Time
 * O(h w log(h w) D).
 */
@Extension
public final class S4ndProvider implements MapProvider<S4ndConfig> {
    @Override
    public String name() {
        return "s4nd";
    }

    @Override
    public Class<S4ndConfig> config() {
        return S4ndConfig.class;
    }

    @Override
    public S4ndConfig defaults(Size size) {
        return switch (size) {
            case TINY -> new S4ndConfig(4, 4, 3, 5);
            case TEST -> new S4ndConfig(32, 16, 8, 8);
            case PAPER -> new S4ndConfig(256, 32, 32, 32);
        };
    }

    @Override
    public Layer build(S4ndConfig c, Build build) {
        Params p = build.params();
        Param skip = p.weight("D", Shape.of(c.dim()), Init.normal(1), new Param.Attr.NoDecay());
        // The banks add nothing of the input itself: D does, once.
        Supplier<Tensor> none = () -> Tensor.zeros(skip.spec().dtype(), c.dim());
        Supplier<DiagonalBank> rows = S4dProvider.bank(p.at("rows"), c.dim(), c.states(), none);
        Supplier<DiagonalBank> columns = S4dProvider.bank(p.at("columns"), c.dim(), c.states(), none);
        return (in, call) -> {
            Sequences.wholeRows(call, "s4nd");
            Tensor x = in.get("x");
            Tensor map = Wide.up(x).reshape(x.dim(0), c.height(), c.width(), c.dim());
            Tensor mixed = fromCorners(rows.get(), columns.get(), map);
            Tensor y = mixed.reshape(x.shape()).add(Wide.up(x).mul(Wide.up(skip.value())));
            return Tensors.of("y", Wide.down(y, x));
        };
    }

    /** The sum over both directions of both axes; x [B, h, w, D]. */
    private static Tensor fromCorners(DiagonalBank rows, DiagonalBank columns, Tensor x) {
        Tensor y = DiagonalBank.outer(rows, columns, x);
        for (int[] axes : new int[][] {{1}, {2}, {1, 2}}) {
            y = y.add(Ops.flip(DiagonalBank.outer(rows, columns, Ops.flip(x, axes)), axes));
        }
        return y;
    }
}
