package org.layerzoo.cpuvector.op.neighbourhood;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.layerzoo.core.op.neighbourhood.Border;
import org.layerzoo.core.op.neighbourhood.Neighbourhood;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.cpuvector.Floats;
import org.layerzoo.cpuvector.Kernel;
import org.layerzoo.cpuvector.Width;
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
        int heads = q.dim(0) * q.dim(1);
        WindowTable table = WindowTable.of(op, q.shape().sub(2, q.rank() - 1).dims());
        Call call = new Call(op, table, in, o, lse, q.dim(-1), o.dim(-1));
        int blocks = (table.points() + ROWS - 1) / ROWS;
        for (int h = 0; h < heads; h++) {
            // keys and values of a head are shared by its tasks
            float[] k = call.head(in.get(1), h, call.d);
            float[] v = call.head(in.get(2), h, call.dv);
            int head = h;
            Workers.run(
                    blocks,
                    (long) table.points() * table.size() * (call.d + call.dv),
                    t -> call.rows(head, t * ROWS, k, v));
        }
        return List.of(o, lse);
    }

    private record Call(Neighbourhood op, WindowTable table, List<Tensor> in, Tensor o, Tensor lse, int d, int dv) {
        float[] head(Tensor x, int head, int width) {
            int n = table.points() * width;
            float[] out = new float[n];
            Floats.load(x.segment(), (long) head * n, out, 0, n);
            return out;
        }

        void rows(int head, int from, float[] k, float[] v) {
            int count = Math.min(ROWS, table.points() - from);
            long first = (long) head * table.points() + from;
            float[] q = new float[count * d];
            float[] out = new float[count * dv];
            float[] sums = new float[count];
            float[] s = new float[table.size() + Width.LANES];
            Floats.load(in.getFirst().segment(), first * d, q, 0, q.length);
            RowLoops.scale(q, 0, q.length, (float) op.scale());
            float[] bias = bias(head);
            for (int r = 0; r < count; r++) {
                scores(from + r, q, r * d, k, bias, s);
                float top = RowLoops.max(s, 0, table.size());
                double sum = RowLoops.expInPlace(s, 0, table.size(), top);
                RowLoops.scale(s, 0, table.size(), (float) (1 / sum));
                values(from + r, s, v, out, r * dv);
                sums[r] = (float) (top + Math.log(sum));
            }
            Floats.store(out, 0, o.segment(), first * dv, out.length);
            Floats.store(sums, 0, lse.segment(), first, count);
        }

        /** The bias table of a head; empty when there is none. */
        private float[] bias(int head) {
            if (!op.bias()) {
                return new float[0];
            }
            Tensor table = in.get(3);
            int n = Math.toIntExact(table.size() / table.dim(0));
            float[] out = new float[n];
            Floats.load(table.segment(), (long) (head % table.dim(0)) * n, out, 0, n);
            return out;
        }

        private void scores(int point, float[] q, int at, float[] k, float[] bias, float[] s) {
            Arrays.fill(s, op.border() == Border.PAD_KEYS ? 0f : Float.NEGATIVE_INFINITY);
            for (int t = 0; t < table.size(); t++) {
                int e = point * table.size() + t;
                if (table.key()[e] >= 0) {
                    s[t] = (float) RowLoops.dot(q, at, k, table.key()[e] * d, d);
                }
                if (bias.length > 0 && (table.key()[e] >= 0 || op.border() == Border.PAD_KEYS)) {
                    s[t] += bias[table.offset()[e]];
                }
            }
        }

        private void values(int point, float[] s, float[] v, float[] out, int at) {
            for (int t = 0; t < table.size(); t++) {
                int key = table.key()[point * table.size() + t];
                if (key >= 0) {
                    RowLoops.axpy(s[t], v, key * dv, out, at, dv);
                }
            }
        }
    }
}
