package org.layerzoo.cpuvector.op.softmax;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.layerzoo.core.op.softmax.Softmax;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorScope;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.cpuvector.Broadcast;
import org.layerzoo.cpuvector.Floats;
import org.layerzoo.cpuvector.Kernel;
import org.layerzoo.cpuvector.Loan;
import org.layerzoo.cpuvector.Workers;
import org.layerzoo.cpuvector.op.reduction.RowLoops;
import org.layerzoo.cpuvector.op.shaping.ShapingKernel;

/** Softmax and its logarithm over rows; another axis than the last is brought there and back. */
public final class SoftmaxKernel implements Kernel<Softmax> {
    private static final int BLOCK = 4096;

    @Override
    public Optional<String> refusal(Softmax op, List<TensorSpec> in) {
        return in.getFirst().dtype() == DType.F32
                ? Optional.empty()
                : Optional.of("no loop for " + in.getFirst().dtype());
    }

    @Override
    public List<Tensor> run(Softmax op, List<Tensor> in) {
        Tensor x = in.getFirst();
        int axis = x.shape().axis(op.axis());
        if (x.size() == 0) {
            return List.of(x);
        }
        if (axis == x.rank() - 1) {
            return List.of(rows(op, x, in));
        }
        return TensorScope.use(() -> {
            int[] swap = IntStream.range(0, x.rank()).toArray();
            swap[axis] = x.rank() - 1;
            swap[x.rank() - 1] = axis;
            Tensor mask = op.masked() ? ShapingKernel.permute(full(in.get(1), x.rank()), swap) : x;
            Tensor y = rows(op, ShapingKernel.permute(x, swap), List.of(x, mask));
            return List.of(ShapingKernel.permute(y, swap));
        });
    }

    private static Tensor full(Tensor t, int rank) {
        Shape s = t.shape();
        while (s.rank() < rank) {
            s = s.insert(0, 1);
        }
        return t.view(s);
    }

    private static Tensor rows(Softmax op, Tensor x, List<Tensor> in) {
        int n = x.dim(-1);
        Tensor out = Tensor.allocate(x.spec());
        MemorySegment from = x.segment();
        MemorySegment to = out.segment();
        Optional<Broadcast> pattern =
                op.masked() ? Optional.of(Broadcast.of(in.get(1).shape(), x.shape())) : Optional.empty();
        MemorySegment mask = op.masked() ? in.get(1).segment() : from;
        int group = Math.max(1, BLOCK / n);
        Workers.pieces(x.size() / n, group, 4L * n, (a, b) -> {
            int count = (int) (b - a);
            try (Loan loan = Loan.open()) {
                float[] v = loan.floats(count * n);
                byte[] seen = new byte[op.masked() ? count * n : 0];
                Floats.load(from, a * n, v, 0, count * n);
                pattern.ifPresent(p -> p.load(mask, ValueLayout.JAVA_BYTE, a * n, count * n, seen));
                for (int r = 0; r < count; r++) {
                    if (op.masked()) {
                        hide(op, v, seen, r * n, n);
                    }
                    row(op, v, r * n, n);
                }
                Floats.store(v, 0, to, a * n, count * n);
            }
        });
        return out;
    }

    private static void hide(Softmax op, float[] v, byte[] seen, int at, int n) {
        boolean any = op.empty() != Softmax.EmptyRow.ATTEND_ALL;
        for (int i = at; i < at + n && !any; i++) {
            any = seen[i] != 0;
        }
        for (int i = at; i < at + n && any; i++) {
            v[i] = seen[i] != 0 ? v[i] : Float.NEGATIVE_INFINITY;
        }
    }

    private static void row(Softmax op, float[] v, int at, int n) {
        float top = RowLoops.max(v, at, n);
        if (top == Float.NEGATIVE_INFINITY) {
            double share = op.empty() == Softmax.EmptyRow.UNIFORM ? 1.0 / n : 0;
            Arrays.fill(v, at, at + n, (float) (op.log() ? Math.log(share) : share));
        } else if (op.log()) {
            float shift = (float) (top + Math.log(RowLoops.sumExp(v, at, n, top)));
            for (int i = at; i < at + n; i++) {
                v[i] -= shift;
            }
        } else {
            double sum = RowLoops.expInPlace(v, at, n, top);
            RowLoops.scale(v, at, n, (float) (1 / sum));
        }
    }
}
