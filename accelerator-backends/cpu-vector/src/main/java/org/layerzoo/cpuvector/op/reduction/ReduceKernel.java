package org.layerzoo.cpuvector.op.reduction;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.op.Primitive.ReduceKind;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorScope;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.cpuvector.Kernel;
import org.layerzoo.cpuvector.op.shaping.ShapingKernel;

/** F32 sums, means, extremes and log-sum-exps: along rows, along columns, or, for scattered axes, along rows of a permuted copy. */
public final class ReduceKernel implements Kernel<Primitive.Reduce> {
    @Override
    public Optional<String> refusal(Primitive.Reduce op, List<TensorSpec> in) {
        TensorSpec x = in.getFirst();
        if (x.dtype() != DType.F32) {
            return Optional.of("no loop for " + op.name() + " of " + x.dtype());
        }
        if (x.shape().size() == 0) {
            return Optional.of("an empty set is left to the reference");
        }
        return switch (op.kind()) {
            case SUM, MEAN, MAX, MIN, LOGSUMEXP -> Optional.empty();
            case PROD, ANY, ALL -> Optional.of("no vector loop for " + op.name());
        };
    }

    @Override
    public List<Tensor> run(Primitive.Reduce op, List<Tensor> in) {
        Tensor x = in.getFirst();
        Tensor out = Tensor.allocate(op.infer(List.of(x.spec())).getFirst());
        boolean[] reduced = new boolean[x.rank()];
        for (int a : op.axes()) {
            reduced[a] = true;
        }
        int first = IntStream.range(0, x.rank())
                .filter(i -> reduced[i] && x.dim(i) > 1)
                .findFirst()
                .orElse(x.rank());
        int end = IntStream.range(0, x.rank())
                        .filter(i -> reduced[i] && x.dim(i) > 1)
                        .max()
                        .orElse(x.rank() - 1)
                + 1;
        boolean together = IntStream.range(first, end).allMatch(i -> reduced[i] || x.dim(i) == 1);
        Shape s = x.shape();
        long inner = s.product(end, s.rank());
        if (together && inner == 1) {
            RowReduce.run(op.kind(), x.segment(), s.product(0, first), s.product(first, end), out.segment());
        } else if (together && op.kind() != ReduceKind.LOGSUMEXP) {
            ColumnReduce.run(op.kind(), x.segment(), s.product(0, first), s.product(first, end), inner, out.segment());
        } else {
            TensorScope.run(() -> permuted(op.kind(), x, reduced, out));
        }
        return List.of(out);
    }

    private static void permuted(ReduceKind kind, Tensor x, boolean[] reduced, Tensor out) {
        int[] kept = IntStream.range(0, x.rank()).filter(i -> !reduced[i]).toArray();
        int[] gone = IntStream.range(0, x.rank()).filter(i -> reduced[i]).toArray();
        int[] order = IntStream.concat(Arrays.stream(kept), Arrays.stream(gone)).toArray();
        Tensor y = ShapingKernel.permute(x, order);
        RowReduce.run(
                kind,
                y.segment(),
                y.shape().product(0, kept.length),
                y.shape().product(kept.length, y.rank()),
                out.segment());
    }
}
