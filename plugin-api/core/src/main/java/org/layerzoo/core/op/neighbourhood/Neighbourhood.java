package org.layerzoo.core.op.neighbourhood;

import java.util.List;
import org.layerzoo.core.op.Args;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.WholeGradient;
import org.layerzoo.core.op.Wide;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;

/**
 * Neighbourhood attention on 1 to 3 axes: (q, k [B, H, spatial.., d], v [B, H, spatial.., dv][, rpb [H, 2 k_1 - 1, ..]]) ->
 * (o [B, H, spatial.., dv], lse [B, H, spatial..]): softmax over the product of the axes' windows of
 * scale q.k + rpb[h, key offset - query offset + k - 1 per axis], offsets counted in steps of the dilation.
 */
public record Neighbourhood(List<Axis> axes, Border border, double scale, boolean bias) implements WholeGradient {
    public Neighbourhood {
        axes = List.copyOf(axes);
    }

    @Override
    public String name() {
        return "neighbourhood_" + axes.size() + "d";
    }

    @Override
    public List<TensorSpec> infer(List<TensorSpec> in) {
        Args args = new Args(this, in);
        args.require(!axes.isEmpty() && axes.size() <= 3, "1 to 3 axes expected, given " + axes.size());
        String grid = String.join(" ", List.of("X", "Y", "Z").subList(0, axes.size()));
        TensorSpec q = args.floats("q", "B H " + grid + " d");
        args.floats("k", "B H " + grid + " d");
        TensorSpec v = args.floats("v", "B H " + grid + " dv");
        for (int a = 0; a < axes.size(); a++) {
            Axis x = axes.get(a);
            int n = q.shape().dim(2 + a);
            args.require(
                    border != Border.SHIFT || x.causal() || (long) x.kernel() * x.dilation() <= n,
                    "kernel * dilation <= the axis expected, given " + x.kernel() + " * " + x.dilation() + " on axis "
                            + a + " of " + n);
        }
        if (bias) {
            StringBuilder table = new StringBuilder("H");
            axes.forEach(x -> table.append(' ').append(2 * x.kernel() - 1));
            args.floats("rpb", table.toString());
        }
        args.end();
        return List.of(v, args.wide(q.shape().without(-1).dims()));
    }

    @Override
    public List<Tensor> decompose(List<Tensor> in) {
        Tensor q = Wide.up(in.get(0));
        Shape grid = q.shape().sub(2, 2 + axes.size());
        Window w = Window.of(this, grid);
        Tensor index = Tensor.of(w.key(), w.key().length);
        Tensor s = gathered(Wide.up(in.get(1)), index, w).matmulT(rows(q)).mul(scale);
        s = s.reshape(q.dim(0), q.dim(1), w.points(), w.size());
        Tensor inside = Tensor.of(w.inside(), w.points(), w.size());
        Tensor zero = Tensor.scalar(s.dtype(), 0);
        s = border == Border.PAD_KEYS ? Ops.where(inside, s, zero) : s;
        if (bias) {
            Tensor table = Wide.up(in.get(3));
            int heads = table.dim(0);
            Tensor flat = table.reshape(heads, Math.toIntExact(table.size() / heads));
            s = s.add(Ops.indexSelect(flat, 1, Tensor.of(w.offset(), w.offset().length))
                    .reshape(heads, w.points(), w.size()));
        }
        s = border == Border.PAD_KEYS ? s : Ops.where(inside, s, Tensor.scalar(s.dtype(), Double.NEGATIVE_INFINITY));
        Tensor m = Ops.stop(s.maxKeep(3));
        Tensor e = Ops.exp(s.sub(m));
        Tensor sum = e.sumKeep(3);
        Tensor p = e.div(sum);
        p = border == Border.PAD_KEYS ? Ops.where(inside, p, zero) : p;
        Tensor v = gathered(Wide.up(in.get(2)), index, w);
        Tensor o = p.unsqueeze(3).matmul(v).reshape(in.get(2).shape());
        Tensor lse = m.add(Ops.log(sum)).reshape(q.shape().without(-1));
        return List.of(Wide.down(o, in.getFirst()), lse);
    }

    /** [B, H, N, d, 1] stored as a matrix of one row: [B, H, N, 1, d]. */
    private static Tensor rows(Tensor q) {
        int d = q.dim(-1);
        return q.reshape(q.dim(0), q.dim(1), points(q), 1, d);
    }

    private static int points(Tensor q) {
        return Math.toIntExact(q.shape().product(2, q.rank() - 1));
    }

    /** Keys of every query: [B, H, N, K, d]. */
    private static Tensor gathered(Tensor k, Tensor index, Window w) {
        int d = k.dim(-1);
        Tensor flat = k.reshape(k.dim(0), k.dim(1), points(k), d);
        return Ops.indexSelect(flat, 2, index).reshape(k.dim(0), k.dim(1), w.points(), w.size(), d);
    }

    @Override
    public long flops(List<TensorSpec> in) {
        long k = 1;
        for (Axis a : axes) {
            k *= a.kernel();
        }
        TensorSpec q = in.getFirst();
        long d = q.shape().dim(-1);
        return q.shape().product(0, q.shape().rank() - 1)
                * k
                * (2 * d + 2 * in.get(2).shape().dim(-1) + 6);
    }

    /** Flat tables over (query, window place): key, whether it lies inside, place in the bias table. */
    record Window(int points, int size, long[] key, boolean[] inside, long[] offset) {
        static Window of(Neighbourhood op, Shape grid) {
            int points = Math.toIntExact(grid.size());
            int size = op.axes.stream().mapToInt(Axis::kernel).reduce(1, (a, b) -> a * b);
            Window w = new Window(
                    points, size, new long[points * size], new boolean[points * size], new long[points * size]);
            for (int i = 0; i < points; i++) {
                for (int t = 0; t < size; t++) {
                    w.fill(op, grid, i, t);
                }
            }
            return w;
        }

        private void fill(Neighbourhood op, Shape grid, int point, int place) {
            long k = 0;
            long o = 0;
            boolean in = true;
            int restPoint = points;
            int restPlace = size;
            for (int a = 0; a < op.axes.size(); a++) {
                Axis x = op.axes.get(a);
                int n = grid.dim(a);
                restPoint /= n;
                restPlace /= x.kernel();
                int i = point / restPoint % n;
                int j = x.key(i, place / restPlace % x.kernel(), n, op.border);
                in &= j >= 0 && j < n;
                k = k * n + Math.max(0, Math.min(j, n - 1));
                o = o * (2 * x.kernel() - 1) + x.offset(i, j);
            }
            key[point * size + place] = k;
            inside[point * size + place] = in;
            offset[point * size + place] = o;
        }
    }
}
