package org.layerzoo.cpuvector.op.dense;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.layerzoo.core.op.Op;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.op.Primitive.BinaryFn;
import org.layerzoo.core.tensor.Deferred;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;

/**
 * r + activation(x W^T + b), which waits to be read. If the map's own numbers were asked for in between, r is added to those; if not, to
 * finished blocks of the product, and the map's result is never written. Both give the same bits.
 */
public final class ResidualSum implements Deferred {
    private final Tensor map;
    private final WaitingMap recipe;
    private final Tensor residual;
    private final TensorSpec spec;

    private ResidualSum(Tensor map, WaitingMap recipe, Tensor residual, TensorSpec spec) {
        this.map = map;
        this.recipe = recipe;
        this.residual = residual;
        this.spec = spec;
    }

    /** A sum that waits, or empty where no waiting map is added to as many numbers. */
    public static Optional<Tensor> of(Op op, List<Tensor> in) {
        if (!(op instanceof Primitive.Binary b) || b.fn() != BinaryFn.ADD) {
            return Optional.empty();
        }
        TensorSpec out = op.infer(in.stream().map(Tensor::spec).toList()).getFirst();
        for (int i = in.size() - 1; i >= 0; i--) {
            Tensor map = in.get(i), residual = in.get(1 - i);
            if (map.size() == out.shape().size()
                    && residual.size() == map.size()
                    && map.deferred().orElse(null) instanceof WaitingMap w
                    && residual.ready() != map) {
                return Optional.of(Tensor.deferred(out, new ResidualSum(map, w, residual, out)));
            }
        }
        return Optional.empty();
    }

    @Override
    public List<Tensor> reads() {
        List<Tensor> all = new ArrayList<>(recipe.reads());
        all.add(map);
        all.add(residual);
        return all;
    }

    @Override
    public void compute(MemorySegment out) {
        if (map.onHost()) {
            Residual.add(map, residual, spec, out);
        } else {
            recipe.compute(out, residual);
        }
    }
}
