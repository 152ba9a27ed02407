package org.layerzoo.cpuvector.op.neighbourhood;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.layerzoo.core.op.neighbourhood.Neighbourhood;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.cpuvector.Floats;
import org.layerzoo.cpuvector.Kernel;
import org.layerzoo.cpuvector.Loan;
import org.layerzoo.cpuvector.Workers;
import org.layerzoo.cpuvector.op.reduction.RowLoops;

/** Neighbourhood attention on 1 to 3 axes: one window of scores at a time, nothing of size points x window but an index table. */
public final class NeighbourhoodKernel implements Kernel<Neighbourhood> {
    /** Queries of a task. */
    private static final int ROWS = 128;

    @Override
    public Optional<String> refusal(Neighbourhood op, List<TensorSpec> in) {
        return in.getFirst().dtype() == DType.F32
                ? Optional.empty()
                : Optional.of("no loop for " + in.getFirst().dtype());
    }

    @Override
    public List<Tensor> run(Neighbourhood op, List<Tensor> in) {
        List<TensorSpec> specs = op.infer(in.stream().map(Tensor::spec).toList());
        Tensor o = Tensor.allocate(specs.get(0));
        Tensor lse = Tensor.allocate(specs.get(1));
        Tensor q = in.getFirst();
        WindowTable table = WindowTable.of(op, q.shape().sub(2, q.rank() - 1).dims());
        int blocks = (table.points() + ROWS - 1) / ROWS;
        for (int h = 0; h < q.dim(0) * q.dim(1); h++) {
            int head = h;
            try (Loan loan = Loan.open()) {
                // keys and values of a head are shared by its tasks
                Windows w = Windows.of(op, table, in, h, loan);
                long cost = (long) table.points() * table.size() * (w.d() + w.dv());
                Workers.run(blocks, cost, t -> rows(w, q, head, t * ROWS, o, lse));
            }
        }
        return List.of(o, lse);
    }

    private static void rows(Windows shared, Tensor q, int head, int from, Tensor o, Tensor lse) {
        try (Loan loan = Loan.open()) {
            Windows w = shared.share(loan);
            int size = w.table().size();
            int points = w.table().points();
            int count = Math.min(ROWS, points - from);
            long first = (long) head * points + from;
            float[] rows = loan.floats(count * w.d());
            float[] out = loan.floats(count * w.dv());
            float[] sums = loan.floats(count);
            float[] s = loan.floats(size);
            Floats.load(q.segment(), first * w.d(), rows, 0, count * w.d());
            RowLoops.scale(rows, 0, count * w.d(), (float) w.op().scale());
            Arrays.fill(out, 0, count * w.dv(), 0f);
            for (int r = 0; r < count; r++) {
                w.scores(from + r, rows, r * w.d(), s);
                float top = RowLoops.max(s, 0, size);
                double sum = RowLoops.expInPlace(s, 0, size, top);
                RowLoops.scale(s, 0, size, (float) (1 / sum));
                w.values(from + r, s, out, r * w.dv());
                sums[r] = (float) (top + Math.log(sum));
            }
            Floats.store(out, 0, o.segment(), first * w.dv(), count * w.dv());
            Floats.store(sums, 0, lse.segment(), first, count);
        }
    }
}
