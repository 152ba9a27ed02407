package org.layerzoo.cpuvector.op.softmax;

import static jdk.incubator.vector.FloatVector.fromArray;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import org.layerzoo.core.op.softmax.SoftmaxGradient;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorScope;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.cpuvector.Approx;
import org.layerzoo.cpuvector.Floats;
import org.layerzoo.cpuvector.Kernel;
import org.layerzoo.cpuvector.Loan;
import org.layerzoo.cpuvector.Width;
import org.layerzoo.cpuvector.Workers;
import org.layerzoo.cpuvector.op.reduction.RowLoops;
import org.layerzoo.cpuvector.op.shaping.ShapingKernel;

/** Gradient of softmax and its logarithm over rows, in one pass; another axis than the last is brought there and back. */
public final class SoftmaxGradientKernel implements Kernel<SoftmaxGradient> {
    private static final VectorSpecies<Float> S = Width.FLOATS;
    private static final int L = Width.LANES;
    private static final int BLOCK = 4096;

    @Override
    public Optional<String> refusal(SoftmaxGradient op, List<TensorSpec> in) {
        return in.getFirst().dtype() == DType.F32
                ? Optional.empty()
                : Optional.of("no loop for " + in.getFirst().dtype());
    }

    @Override
    public List<Tensor> run(SoftmaxGradient op, List<Tensor> in) {
        Tensor y = in.get(0);
        Tensor g = in.get(1);
        int axis = y.shape().axis(op.axis());
        if (y.size() == 0) {
            return List.of(y);
        }
        if (axis == y.rank() - 1) {
            return List.of(rows(op.log(), y, g));
        }
        return TensorScope.use(() -> {
            int[] swap = IntStream.range(0, y.rank()).toArray();
            swap[axis] = y.rank() - 1;
            swap[y.rank() - 1] = axis;
            Tensor dx = rows(op.log(), ShapingKernel.permute(y, swap), ShapingKernel.permute(g, swap));
            return List.of(ShapingKernel.permute(dx, swap));
        });
    }

    private static Tensor rows(boolean log, Tensor y, Tensor g) {
        int n = y.dim(-1);
        Tensor out = Tensor.allocate(y.spec());
        MemorySegment ys = y.segment();
        MemorySegment gs = g.segment();
        Workers.pieces(y.size() / n, Math.max(1, BLOCK / n), 4L * n, (a, b) -> {
            int count = (int) (b - a);
            try (Loan loan = Loan.open()) {
                float[] v = loan.floats(count * n);
                float[] w = loan.floats(count * n);
                Floats.load(ys, a * n, v, 0, count * n);
                Floats.load(gs, a * n, w, 0, count * n);
                for (int r = 0; r < count; r++) {
                    if (log) {
                        hide(v, w, r * n, n);
                        logarithm(v, w, r * n, n, (float) RowLoops.sum(w, r * n, n));
                    } else {
                        plain(v, w, r * n, n, (float) RowLoops.dot(v, r * n, w, r * n, n));
                    }
                }
                Floats.store(v, 0, out.segment(), a * n, count * n);
            }
        });
        return out;
    }

    private static void plain(float[] y, float[] g, int at, int n, float sum) {
        int i = at;
        for (; i + L <= at + n; i += L) {
            fromArray(S, g, i).sub(sum).mul(fromArray(S, y, i)).intoArray(y, i);
        }
        for (; i < at + n; i++) {
            y[i] *= g[i] - sum;
        }
    }

    /** Cotangents of what does not move count nothing. */
    private static void hide(float[] y, float[] g, int at, int n) {
        int i = at;
        for (; i + L <= at + n; i += L) {
            VectorMask<Float> hidden = fromArray(S, y, i).compare(VectorOperators.EQ, Float.NEGATIVE_INFINITY);
            fromArray(S, g, i).blend(0f, hidden).intoArray(g, i);
        }
        for (; i < at + n; i++) {
            g[i] = y[i] == Float.NEGATIVE_INFINITY ? 0 : g[i];
        }
    }

    private static void logarithm(float[] y, float[] g, int at, int n, float sum) {
        int i = at;
        for (; i + L <= at + n; i += L) {
            FloatVector p = Approx.exp(fromArray(S, y, i));
            p.fma(FloatVector.broadcast(S, -sum), fromArray(S, g, i)).intoArray(y, i);
        }
        for (; i < at + n; i++) {
            y[i] = (float) (g[i] - Math.exp(y[i]) * sum);
        }
    }
}
