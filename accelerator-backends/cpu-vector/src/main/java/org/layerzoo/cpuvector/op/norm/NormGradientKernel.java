package org.layerzoo.cpuvector.op.norm;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import org.layerzoo.core.op.FusedOp;
import org.layerzoo.core.op.GradientOf;
import org.layerzoo.core.op.norm.L2Norm;
import org.layerzoo.core.op.norm.LayerNorm;
import org.layerzoo.core.op.norm.RmsNorm;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorScope;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.cpuvector.Floats;
import org.layerzoo.cpuvector.Kernel;
import org.layerzoo.cpuvector.Loan;
import org.layerzoo.cpuvector.op.shaping.ShapingKernel;

/** Gradients of layer, root-mean-square and L2 norms; an axis before the last is brought there and back. */
public final class NormGradientKernel implements Kernel<GradientOf> {
    @Override
    public Optional<String> refusal(GradientOf op, List<TensorSpec> in) {
        TensorSpec x = in.getFirst();
        return x.dtype() == DType.F32 && x.shape().size() > 0 ? Optional.empty() : Optional.of("no loop for " + x);
    }

    @Override
    public List<Tensor> run(GradientOf op, List<Tensor> in) {
        Tensor x = in.getFirst();
        Tensor dy = in.getLast();
        if (op.op() instanceof L2Norm l && x.shape().axis(l.axis()) != x.rank() - 1) {
            return List.of(TensorScope.use(() -> swapped(l, x, dy)));
        }
        RowNorm norm = NormKernel.of(op.op(), in.subList(0, op.inputs()));
        int n = norm.n();
        Tensor dx = Tensor.allocate(x.spec());
        float[] weight = norm.weights().orElse(new float[0]);
        boolean summed = op.wanted().stream().anyMatch(i -> i > 0);
        try (Loan loan = Loan.open()) {
            double[] sums = summed ? loan.doubles(2 * n) : new double[0];
            new RowNormAdjoint(norm, weight).run(x.segment(), dy.segment(), x.size() / n, dx, sums);
            return op.wanted().stream()
                    .map(i -> i == 0 ? dx : parameter(op.op(), in.get(i), i, sums, n))
                    .toList();
        }
    }

    /** Gradient of the weight, which comes before the bias. */
    private static Tensor parameter(FusedOp op, Tensor p, int index, double[] sums, int n) {
        boolean weighted = op instanceof LayerNorm l && l.weight() || op instanceof RmsNorm;
        int from = weighted && index == 1 ? 0 : n;
        Tensor out = Tensor.allocate(p.spec());
        MemorySegment s = out.segment();
        for (int i = 0; i < n; i++) {
            Floats.set(s, i, (float) sums[from + i]);
        }
        return out;
    }

    private static Tensor swapped(L2Norm op, Tensor x, Tensor dy) {
        int[] swap = NormKernel.swap(op, x);
        Tensor rows = ShapingKernel.permute(x, swap);
        RowNorm norm = NormKernel.of(new L2Norm(x.rank() - 1, op.eps(), op.root()), List.of(rows));
        Tensor dx = Tensor.allocate(rows.spec());
        Tensor g = ShapingKernel.permute(dy, swap);
        new RowNormAdjoint(norm, new float[0])
                .run(rows.segment(), g.segment(), rows.size() / norm.n(), dx, new double[0]);
        return ShapingKernel.permute(dx, swap);
    }
}
