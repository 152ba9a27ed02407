package org.layerzoo.cpuvector.op.norm;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.layerzoo.core.op.FusedOp;
import org.layerzoo.core.op.norm.GroupNorm;
import org.layerzoo.core.op.norm.L2Norm;
import org.layerzoo.core.op.norm.LayerNorm;
import org.layerzoo.core.op.norm.RmsNorm;
import org.layerzoo.core.op.norm.Root;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.cpuvector.Kernel;

/** Layer, root-mean-square, L2 and group norms, all as norms of contiguous rows. */
public final class NormKernel implements Kernel<FusedOp> {
    @Override
    public Optional<String> refusal(FusedOp op, List<TensorSpec> in) {
        TensorSpec x = in.getFirst();
        if (x.dtype() != DType.F32 || x.shape().size() == 0) {
            return Optional.of("no loop for " + x);
        }
        return op instanceof L2Norm l && x.shape().axis(l.axis()) != x.shape().rank() - 1
                ? Optional.of("an axis before the last")
                : Optional.empty();
    }

    @Override
    public List<Tensor> run(FusedOp op, List<Tensor> in) {
        Tensor x = in.getFirst();
        Tensor y = Tensor.allocate(x.spec());
        RowNorm norm = of(op, in);
        norm.run(x.segment(), x.size() / norm.n(), y.segment());
        return List.of(y);
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
            case GroupNorm g -> {
                int n = Math.toIntExact(x.size() / x.dim(0) / g.groups());
                yield new RowNorm(
                        n,
                        true,
                        true,
                        Root.INSIDE,
                        g.eps(),
                        g.affine() ? channels(in.get(1), g.groups(), n) : Optional.empty(),
                        g.affine() ? channels(in.get(2), g.groups(), n) : Optional.empty());
            }
            default -> throw new IllegalArgumentException("no norm of rows: " + op.name());
        };
    }

    private static Optional<float[][]> row(Tensor w) {
        return Optional.of(new float[][] {w.toFloats()});
    }

    /** A weight a channel, repeated over its positions: one array a group. */
    private static Optional<float[][]> channels(Tensor w, int groups, int n) {
        float[] own = w.toFloats();
        int per = own.length / groups;
        float[][] out = new float[groups][n];
        for (int c = 0; c < own.length; c++) {
            int from = c % per * (n / per);
            Arrays.fill(out[c / per], from, from + n / per, own[c]);
        }
        return Optional.of(out);
    }
}
