package org.layerzoo.cpuvector.op.norm;

import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.layerzoo.core.op.FusedOp;
import org.layerzoo.core.op.norm.L2Norm;
import org.layerzoo.core.op.norm.LayerNorm;
import org.layerzoo.core.op.norm.RmsNorm;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorScope;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.cpuvector.Kernel;
import org.layerzoo.cpuvector.op.shaping.ShapingKernel;

/** Layer, root-mean-square and L2 norms, all as norms of contiguous rows. */
public final class NormKernel implements Kernel<FusedOp> {
    @Override
    public Optional<String> refusal(FusedOp op, List<TensorSpec> in) {
        TensorSpec x = in.getFirst();
        if (x.dtype() != DType.F32 || x.shape().size() == 0) {
            return Optional.of("no loop for " + x);
        }
        return Optional.empty();
    }

    @Override
    public List<Tensor> run(FusedOp op, List<Tensor> in) {
        Tensor x = in.getFirst();
        if (op instanceof L2Norm l && x.shape().axis(l.axis()) != x.rank() - 1) {
            int[] swap = swap(l, x);
            L2Norm last = new L2Norm(x.rank() - 1, l.eps(), l.root());
            return TensorScope.use(() -> List.of(ShapingKernel.permute(
                    run(last, List.of(ShapingKernel.permute(x, swap))).getFirst(), swap)));
        }
        Tensor y = Tensor.allocate(x.spec());
        RowNorm norm = of(op, in);
        norm.run(x.segment(), x.size() / norm.n(), y.segment());
        return List.of(y);
    }

    /** The order of axes in which the norm's is the last. */
    static int[] swap(L2Norm op, Tensor x) {
        int axis = x.shape().axis(op.axis());
        int[] swap = IntStream.range(0, x.rank()).toArray();
        swap[axis] = x.rank() - 1;
        swap[x.rank() - 1] = axis;
        return swap;
    }

    static RowNorm of(FusedOp op, List<Tensor> in) {
        Tensor x = in.getFirst();
        return switch (op) {
            case LayerNorm l ->
                new RowNorm(
                        Math.toIntExact(x.shape().product(x.rank() - l.axes(), x.rank())),
                        true,
                        true,
                        l.root(),
                        l.eps(),
                        l.weight() ? row(in.get(1)) : Optional.empty(),
                        l.bias() ? row(in.getLast()) : Optional.empty());
            case RmsNorm r ->
                new RowNorm(
                        x.dim(-1),
                        false,
                        true,
                        r.root(),
                        r.eps(),
                        r.weighted() ? row(in.get(1)) : Optional.empty(),
                        Optional.empty());
            case L2Norm l ->
                new RowNorm(x.dim(-1), false, false, l.root(), l.eps(), Optional.empty(), Optional.empty());
            default -> throw new IllegalArgumentException("no norm of rows: " + op.name());
        };
    }

    private static Optional<float[]> row(Tensor w) {
        return Optional.of(w.toFloats());
    }
}
