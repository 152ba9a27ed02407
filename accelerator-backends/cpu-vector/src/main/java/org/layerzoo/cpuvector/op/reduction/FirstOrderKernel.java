package org.layerzoo.cpuvector.op.reduction;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.cpuvector.Floats;
import org.layerzoo.cpuvector.Kernel;
import org.layerzoo.cpuvector.Loan;
import org.layerzoo.cpuvector.Workers;

/** h_t = a_t h_{t-1} + b_t of F32, lanes across the axes behind the time axis; in time order, so that it is exact to a rounding a step. */
public final class FirstOrderKernel implements Kernel<Primitive.FirstOrder> {
    private static final int COLUMNS = 512;
    /** Elements read at once. */
    private static final int SPAN = 1024;

    @Override
    public Optional<String> refusal(Primitive.FirstOrder op, List<TensorSpec> in) {
        if (in.getFirst().dtype() != DType.F32) {
            return Optional.of("no loop for " + in.getFirst().dtype());
        }
        return in.get(0).equals(in.get(1)) ? Optional.empty() : Optional.of("a decay that is broadcast");
    }

    @Override
    public List<Tensor> run(Primitive.FirstOrder op, List<Tensor> in) {
        Tensor b = in.get(1);
        Tensor out = Tensor.allocate(b.spec());
        Shape s = b.shape();
        int n = s.dim(op.axis());
        long inner = s.product(op.axis() + 1, s.rank());
        int outer = Math.toIntExact(s.product(0, op.axis()));
        int columns = Math.toIntExact((inner + COLUMNS - 1) / COLUMNS);
        MemorySegment[] m = {in.get(0).segment(), b.segment(), in.get(2).segment(), out.segment()};
        Workers.run(outer * columns, b.size(), t -> {
            int from = t % columns * COLUMNS;
            line(op.reverse(), m, t / columns, n, inner, from, (int) Math.min(COLUMNS, inner - from));
        });
        return List.of(out);
    }

    /** Columns from .. from + width - 1; lines that are short and alone are read many tokens at a time. */
    private static void line(boolean reverse, MemorySegment[] m, long outer, int n, long inner, int from, int width) {
        int span = width == inner ? Math.max(1, SPAN / width) : 1;
        try (Loan loan = Loan.open()) {
            float[] h = loan.floats(width);
            float[] a = loan.floats(span * width);
            float[] b = loan.floats(span * width);
            Floats.load(m[2], outer * inner + from, h, 0, width);
            for (int step = 0; step < n; step += span) {
                int count = Math.min(span, n - step);
                long at = (outer * n + (reverse ? n - step - count : step)) * inner + from;
                Floats.load(m[0], at, a, 0, count * width);
                Floats.load(m[1], at, b, 0, count * width);
                for (int i = 0; i < count; i++) {
                    token(a, b, (reverse ? count - 1 - i : i) * width, h, width);
                }
                Floats.store(b, 0, m[3], at, count * width);
            }
        }
    }

    /** h = a h + b, also in b's place. */
    private static void token(float[] a, float[] b, int at, float[] h, int width) {
        for (int c = 0; c < width; c++) {
            h[c] = Math.fma(a[at + c], h[c], b[at + c]);
            b[at + c] = h[c];
        }
    }
}
