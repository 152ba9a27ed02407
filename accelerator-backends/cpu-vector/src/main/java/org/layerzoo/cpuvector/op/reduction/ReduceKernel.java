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

/** Reductions of F32, F64, truth values and I64: along rows, along columns, or, for scattered axes, along rows of a permuted copy. */
public final class ReduceKernel implements Kernel<Primitive.Reduce> {
    @Override
    public Optional<String> refusal(Primitive.Reduce op, List<TensorSpec> in) {
        TensorSpec x = in.getFirst();
        boolean knows =
                x.dtype() == DType.F64 ? DoubleReduce.knows(op.kind()) : WholeReduce.knows(op.kind(), x.dtype());
        if (x.dtype() != DType.F32 && !knows) {
            return Optional.of("no loop for " + op.name() + " of " + x.dtype());
        }
        return x.shape().size() == 0 ? Optional.of("an empty set is left to the reference") : Optional.empty();
    }

    /** Products keep their factors in double, one after another. */
    @Override
    public String kind(Primitive.Reduce op, List<TensorSpec> in) {
        return in.getFirst().dtype() == DType.F32 && op.kind() != ReduceKind.PROD ? "vector" : "scalar";
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
        if (x.dtype() == DType.F64) {
            TensorScope.run(() -> doubles(op.kind(), x, reduced, together, first, end, out));
        } else if (x.dtype() != DType.F32) {
            TensorScope.run(() -> whole(op.kind(), x, reduced, out));
        } else if (together && inner == 1) {
            RowReduce.run(op.kind(), x.segment(), s.product(0, first), s.product(first, end), out.segment());
        } else if (together && op.kind() != ReduceKind.LOGSUMEXP) {
            ColumnReduce.run(op.kind(), x.segment(), s.product(0, first), s.product(first, end), inner, out.segment());
        } else {
            TensorScope.run(() -> permuted(op.kind(), x, reduced, out));
        }
        return List.of(out);
    }

    private static void doubles(
            ReduceKind kind, Tensor x, boolean[] reduced, boolean together, int first, int end, Tensor out) {
        Shape s = x.shape();
        if (together) {
            long inner = s.product(end, s.rank());
            DoubleReduce.run(kind, x.segment(), s.product(0, first), s.product(first, end), inner, out.segment());
        } else {
            Tensor y = byRows(x, reduced);
            DoubleReduce.run(kind, y.segment(), out.size(), x.size() / out.size(), 1, out.segment());
        }
    }

    private static void whole(ReduceKind kind, Tensor x, boolean[] reduced, Tensor out) {
        int[] gone = IntStream.range(0, x.rank()).filter(i -> reduced[i]).toArray();
        boolean leading = IntStream.range(0, gone.length).allMatch(i -> gone[i] == i);
        Tensor y = leading ? x : byRows(x, reduced);
        int n = Math.toIntExact(x.size() / out.size());
        int kept = Math.toIntExact(out.size());
        if (leading) {
            WholeReduce.run(kind, x.dtype(), y.segment(), 1, n, kept, out.segment());
        } else {
            WholeReduce.run(kind, x.dtype(), y.segment(), kept, n, 1, out.segment());
        }
    }

    /** Kept axes in front, reduced ones behind. */
    private static Tensor byRows(Tensor x, boolean[] reduced) {
        int[] kept = IntStream.range(0, x.rank()).filter(i -> !reduced[i]).toArray();
        int[] gone = IntStream.range(0, x.rank()).filter(i -> reduced[i]).toArray();
        return ShapingKernel.permute(
                x, IntStream.concat(Arrays.stream(kept), Arrays.stream(gone)).toArray());
    }

    private static void permuted(ReduceKind kind, Tensor x, boolean[] reduced, Tensor out) {
        Tensor y = byRows(x, reduced);
        RowReduce.run(kind, y.segment(), out.size(), x.size() / out.size(), out.segment());
    }
}
