package org.layerzoo.plugins.hydra.check;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.layerzoo.core.exec.GradCheck;
import org.layerzoo.core.exec.Tape;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Seqs;
import org.layerzoo.core.layer.Taps;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.recur.Algorithm;
import org.layerzoo.core.spi.Check;
import org.layerzoo.core.spi.CheckContext;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.spi.Models;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.linear.Forms;
import org.layerzoo.plugins.hydra.HydraConfig;
import org.layerzoo.plugins.hydra.HydraConfig.Join;
import org.layerzoo.plugins.hydra.HydraConfig.Kind;
import org.layerzoo.plugins.hydra.HydraConfig.Matrix;
import org.layerzoo.plugins.hydra.HydraProvider;
import org.layerzoo.plugins.hydra.Quasiseparable;
import org.layerzoo.plugins.hydra.Quasiseparable.Side;

/** The Checks of the Hydra sheet. */
public final class HydraChecks {
    private HydraChecks() {}

    public static List<Check> all() {
        return List.of(
                new Check("check-1: triangles of low rank, a diagonal that x chooses", HydraChecks::ranks),
                new Check("check-2: operator form equals the explicit matrix", HydraChecks::explicit),
                new Check("check-3: flip equivariance", HydraChecks::flips),
                new Check("check-4: without the backward half it is causal", HydraChecks::halves),
                new Check("check-5: chunks agree, gradients", HydraChecks::chunks),
                new Check("check-6: any length, padding", HydraChecks::padding),
                new Check("check-7: worked sum", HydraChecks::worked));
    }

    /** One head of N states over T tokens. */
    private record Inputs(Side there, Side back, Tensor a) {
        static Inputs draw(CheckContext c, int t, int n) {
            return new Inputs(
                    new Side(c.normal64("maps", 1, t, 2 * n), Ops.softplus(c.normal64("dt", 1, t, 1))),
                    new Side(c.normal64("back", 1, t, 2 * n), Ops.softplus(c.normal64("dtb", 1, t, 1))),
                    Tensor.of(new double[] {-0.3}, 1));
        }

        /** Rows of the matrix: unit vectors as channels of one head. */
        Tensor matrix(int t) {
            double[] eye = new double[t * t];
            for (int i = 0; i < t; i++) {
                eye[i * t + i] = 1;
            }
            Tensor x = Tensor.of(DType.F64, eye, 1, t, t);
            return Quasiseparable.sides(x, there, back, a, 1, Optional.empty()).reshape(t, t);
        }
    }

    private static void ranks(CheckContext c) {
        int t = 12;
        int n = 3;
        Tensor m = Inputs.draw(c, t, n).matrix(t);
        for (int cut = 1; cut < t; cut++) {
            c.isTrue("below " + cut, rank(m.slice(0, cut, t).slice(1, 0, cut)) <= n);
            c.isTrue("above " + cut, rank(m.slice(0, 0, cut).slice(1, cut, t)) <= n);
        }
        c.equal("and in the middle it is N", rank(m.slice(0, 6, 12).slice(1, 0, 6)), n);
        for (int i = 0; i < t; i++) {
            c.close("no diagonal of the scans", m.get(i, i), 0, 0);
        }
        // With both scans off, y_i = x_i (x_i W_D + D).
        Model model = model(c, new Matrix.Quasiseparable(1, false));
        model.params().param("dt_bias").set(Tensor.full(DType.F64, -800, 4));
        Tensors in = Tensors.of("x", c.normal64("x", 2, 9, 6));
        Tensor mixed = mixed(model, in);
        model.params().param("fc_D.weight").set(Tensor.zeros(DType.F64, 4, 12));
        Tensor x = mixed(model, in);
        Model again = model(c, new Matrix.Quasiseparable(1, false));
        Tensor w = again.params().param("fc_D.weight").value();
        Tensor delta = x.matmulT(w).add(1).unsqueeze(3).expand(2, 9, 4, 3).reshape(2, 9, 12);
        c.close("x (x W_D + D)", mixed, x.mul(delta), 1e-10);
    }

    /** Rows that elimination with pivots leaves above 1e-9. */
    private static int rank(Tensor m) {
        int rows = m.dim(0);
        int columns = m.dim(1);
        double[] flat = m.toDoubles();
        int rank = 0;
        for (int col = 0; col < columns && rank < rows; col++) {
            int best = rank;
            for (int r = rank; r < rows; r++) {
                best = Math.abs(flat[r * columns + col]) > Math.abs(flat[best * columns + col]) ? r : best;
            }
            if (Math.abs(flat[best * columns + col]) < 1e-9) {
                continue;
            }
            for (int k = 0; k < columns; k++) {
                double swap = flat[best * columns + k];
                flat[best * columns + k] = flat[rank * columns + k];
                flat[rank * columns + k] = swap;
            }
            for (int r = rank + 1; r < rows; r++) {
                double f = flat[r * columns + col] / flat[rank * columns + col];
                for (int k = col; k < columns; k++) {
                    flat[r * columns + k] -= f * flat[rank * columns + k];
                }
            }
            rank++;
        }
        return rank;
    }

    private static void explicit(CheckContext c) {
        int t = 15;
        int n = 3;
        Inputs in = Inputs.draw(c, t, n);
        double[] m = new double[t * t];
        for (int i = 0; i < t; i++) {
            for (int j = 0; j < t; j++) {
                Side s = j < i ? in.there : in.back;
                if (i == j) {
                    continue;
                }
                int near = j < i ? i - 1 : i + 1;
                double sum = 0;
                for (int k = 0; k < n; k++) {
                    sum += s.maps().get(0, near, n + k) * s.maps().get(0, j, k);
                }
                double decay = 0;
                for (int r = j; r != near; ) {
                    r += j < i ? 1 : -1;
                    decay += s.dt().get(0, r, 0) * -0.3;
                }
                m[i * t + j] = sum * s.dt().get(0, j, 0) * Math.exp(decay);
            }
        }
        Tensor matrix = Tensor.of(DType.F64, m, t, t);
        c.close("matrix", in.matrix(t), matrix, 1e-12);
        Tensor x = c.normal64("x", 1, t, 4);
        Tensor y = Quasiseparable.sides(x, in.there, in.back, in.a, 1, Optional.empty());
        c.close("product", y.reshape(t, 4), matrix.matmul(x.reshape(t, 4)), 1e-12);
        joined(c, in, x);
        siblings(c);
    }

    /** Two causal scans: M_ij = C_i.B_j dt_j prod exp(dt A) with the diagonal, of either direction. */
    private static void joined(CheckContext c, Inputs in, Tensor x) {
        int t = x.dim(1);
        double[] there = new double[t * t];
        double[] back = new double[t * t];
        for (int i = 0; i < t; i++) {
            for (int j = 0; j < t; j++) {
                double[] m = j <= i ? there : back;
                m[i * t + j] += entry(j <= i ? in.there : in.back, i, j);
            }
            back[i * t + i] = entry(in.back, i, i);
        }
        Tensor left = Tensor.of(DType.F64, there, t, t).matmul(x.reshape(t, 4));
        Tensor right = Tensor.of(DType.F64, back, t, t).matmul(x.reshape(t, 4));
        Tensor sum = Quasiseparable.joined(Join.ADD, x, in.there, in.back, in.a, 1, Optional.empty());
        c.close("two scans added", sum.reshape(t, 4), left.add(right), 1e-12);
        Tensor a = Ops.concat(0, in.a, in.a);
        Side both = new Side(in.there.maps(), Ops.concat(2, in.there.dt(), in.there.dt()));
        Side other = new Side(in.back.maps(), Ops.concat(2, in.back.dt(), in.back.dt()));
        Tensor wide = Ops.concat(2, x, x);
        Tensor half = Quasiseparable.joined(Join.CONCAT, wide, both, other, a, 1, Optional.empty());
        c.close("a head from the left", half.select(1, 0).reshape(t, 4), left, 1e-12);
        c.close("a head from the right", half.select(1, 1).reshape(t, 4), right, 1e-12);
        long free = model(c, new Matrix.Quasiseparable(1, false)).params().count();
        for (Join join : Join.values()) {
            Model m = model(c, new Matrix.Scans(1, join));
            c.equal("parameters of " + join, m.params().count(), free);
            c.finite(join + " in the layer", run(m, c.normal64("tokens", 2, 9, 6)));
        }
    }

    /** C_i.B_j dt_j times the decays from j to i, on whichever side j lies. */
    private static double entry(Side s, int i, int j) {
        int n = s.maps().dim(2) / 2;
        double sum = 0;
        for (int k = 0; k < n; k++) {
            sum += s.maps().get(0, i, n + k) * s.maps().get(0, j, k);
        }
        double decay = 0;
        for (int r = j; r != i; ) {
            r += j < i ? 1 : -1;
            decay += s.dt().get(0, r, 0) * -0.3;
        }
        return sum * s.dt().get(0, j, 0) * Math.exp(decay);
    }

    /** Other classes: their matrices from unit vectors, and the structure that their names promise. */
    private static void siblings(CheckContext c) {
        int t = 7;
        for (Kind k : Kind.values()) {
            Model free = model(c, new Matrix.Sibling(k, t));
            Tensor x = c.normal64("x", 1, t, 6);
            c.finite(k + " with free parameters", run(free, x));
            c.refuses(k + " at another length", "7 tokens", () -> run(free, c.normal64("y", 1, t + 1, 6)));
            if (k != Kind.DENSE) {
                Model aligned = model(c, new Matrix.Sibling(k, 0));
                c.finite(k + " of the tokens", run(aligned, x));
                c.finite(k + " at another length", run(aligned, c.normal64("y", 1, t + 4, 6)));
            }
        }
        Model toeplitz = model(c, new Matrix.Sibling(Kind.TOEPLITZ, t));
        Tensor p = toeplitz.params().param("conv_params").value();
        Model dense = model(c, new Matrix.Sibling(Kind.DENSE, t));
        double[] m = new double[4 * t * t];
        for (int i = 0; i < m.length; i++) {
            int row = i / t % t;
            m[i] = 0.5 * p.get(i / (t * t), row - i % t + t - 1);
        }
        for (String name :
                List.of("in_proj.weight", "conv1d.weight", "conv1d.bias", "norm.weight", "out_proj.weight")) {
            dense.params().param(name).set(toeplitz.params().param(name).value());
        }
        dense.params().param("M").set(Tensor.of(DType.F64, m, 4, t, t));
        Tensor x = c.normal64("z", 2, t, 6);
        c.close("Toeplitz by convolution is dense by distance", run(toeplitz, x), run(dense, x), 1e-10);
    }

    private static Model model(CheckContext c, Matrix m) {
        HydraConfig config = new HydraConfig(6, 2, 3, 4, 5, true, false, m);
        return Models.build(
                "",
                new HydraProvider(),
                config,
                Models.Options.of(c.draws().seed()).with(DType.F64));
    }

    private static Tensor run(Model m, Tensor x) {
        return m.forward(Tensors.of("x", x), Call.eval()).get("y");
    }

    private static Tensor mixed(Model m, Tensors in) {
        Taps.Recorder taps = Taps.recording("mixed");
        m.forward(in, Call.eval().with(taps));
        return taps.seen().get("mixed");
    }

    /** Rows of a weight with two blocks swapped. */
    private static Tensor swapped(Tensor w, int from, int size) {
        int end = from + 2 * size;
        return Ops.concat(
                0,
                w.slice(0, 0, from),
                w.slice(0, from + size, end),
                w.slice(0, from, from + size),
                w.slice(0, end, w.dim(0)));
    }

    private static void flips(CheckContext c) {
        Model m = model(c, new Matrix.Quasiseparable(2, false));
        Model turned = model(c, new Matrix.Quasiseparable(2, false));
        int e = 12;
        int maps = 2 * 2 * 4;
        Tensor w = swapped(m.params().param("in_proj.weight").value(), 2 * e, maps);
        turned.params().param("in_proj.weight").set(swapped(w, 2 * e + 2 * maps, 4));
        Tensor taps = swapped(m.params().param("conv1d.weight").value(), e, maps);
        turned.params().param("conv1d.weight").set(Ops.flip(taps, 2));
        Tensor bias = swapped(m.params().param("conv1d.bias").value(), e, maps);
        turned.params().param("conv1d.bias").set(bias);
        Tensor x = c.normal64("x", 2, 17, 6);
        c.close("flipped output", run(turned, Ops.flip(x, 1)), Ops.flip(run(m, x), 1), 1e-11);
    }

    private static void halves(CheckContext c) {
        Model m = model(c, new Matrix.Quasiseparable(1, false));
        Tensor w = m.params().param("in_proj.weight").value();
        int from = 2 * 12 + 8;
        Tensor silent =
                Ops.concat(0, w.slice(0, 0, from), Tensor.zeros(DType.F64, 8, 6), w.slice(0, from + 8, w.dim(0)));
        m.params().param("in_proj.weight").set(silent);
        Tensor identity = Ops.oneHot(Tensor.of(new long[] {2}, 1), 5, DType.F64).reshape(1, 1, 5);
        m.params().param("conv1d.weight").set(identity.expand(28, 1, 5));
        m.params().param("conv1d.bias").set(Tensor.zeros(DType.F64, 28));
        Tensor x = c.normal64("x", 1, 14, 6);
        Tensor other = Ops.concat(1, x.slice(1, 0, 8), c.normal64("later", 1, 6, 6));
        Tensor y = mixed(m, Tensors.of("x", x));
        c.same("tokens before", mixed(m, Tensors.of("x", other)).slice(1, 0, 8), y.slice(1, 0, 8));
        m.params().param("fc_D.weight").set(Tensor.zeros(DType.F64, 4, 12));
        m.params().param("D").set(Tensor.zeros(DType.F64, 4));
        Tensor strict = mixed(m, Tensors.of("x", x));
        Tensor changed = mixed(m, Tensors.of("x", other));
        c.same("and the token itself without a diagonal", changed.slice(1, 0, 9), strict.slice(1, 0, 9));
        double moved = Ops.abs(changed.sub(strict)).slice(1, 9, 10).max().item();
        c.isTrue("but not the next one", moved > 1e-6);
    }

    private static void chunks(CheckContext c) {
        Model m = model(c, new Matrix.Quasiseparable(2, false));
        Tensors x = Tensors.of("x", c.normal64("x", 2, 70, 6));
        Tensor one = Forms.run(m, x, new Call.Algorithm.Recurrent());
        for (Call.Algorithm a : List.of(
                new Call.Algorithm.Chunked(16),
                new Call.Algorithm.Chunked(64),
                new Call.Algorithm.Parallel(),
                new Call.Algorithm.Auto())) {
            c.close(a.toString(), Forms.run(m, x, a), one, 1e-10);
        }
        Inputs in = Inputs.draw(c, 6, 2);
        List<Tensor> at =
                List.of(c.normal64("v", 1, 6, 2), in.there.maps(), in.there.dt(), in.back.maps(), in.back.dt(), in.a);
        double[] errors = GradCheck.check(
                v -> List.of(Quasiseparable.sides(
                        v.get(0),
                        new Side(v.get(1), v.get(2)),
                        new Side(v.get(3), v.get(4)),
                        v.get(5),
                        1,
                        Optional.of(new Algorithm.Chunked(4)))),
                at,
                1);
        for (double e : errors) {
            c.isTrue("gradient off by " + e, e < 1e-6);
        }
    }

    private static void padding(CheckContext c) {
        Model m = model(c, new Matrix.Quasiseparable(1, false));
        Tensor x = c.normal64("x", 2, 9, 6);
        List<Tensor> shorter = new ArrayList<>();
        for (int t : new int[] {1, 5, 9}) {
            shorter.add(run(m, x.slice(1, 0, t)));
        }
        c.equal("lengths", shorter.get(1).dim(1), 5);
        Tensor padded = Ops.concat(1, x, c.normal64("noise", 2, 4, 6));
        Call call = Call.eval().with(Seqs.padded(Tensor.of(new long[] {9, 5}, 2)));
        Tensor y = m.forward(Tensors.of("x", padded), call).get("y");
        c.close("a row of 9", y.slice(0, 0, 1).slice(1, 0, 9), shorter.get(2).slice(0, 0, 1), 1e-11);
        c.close("a row of 5", y.slice(0, 1, 2).slice(1, 0, 5), shorter.get(1).slice(0, 1, 2), 1e-11);
        Tensor zeros = run(m, Ops.padZero(x, 1, 0, 4)).slice(1, 0, 9);
        double moved = Ops.abs(zeros.sub(shorter.get(2))).max().item();
        c.isTrue("steps of softplus(bias) at pads would change rows, by " + moved, moved > 1e-6);

        Tensor cot = c.normal64("cot", 1, 5, 6);
        Tensor row = padded.slice(0, 1, 2);
        Call one = Call.eval().with(Seqs.padded(Tensor.of(new long[] {5}, 1)));
        Tensor g = gradient(m, row, Ops.padZero(cot, 1, 0, 8), one);
        c.close("gradient of the row", g.slice(1, 0, 5), gradient(m, row.slice(1, 0, 5), cot, Call.eval()), 1e-11);
        c.same("none of the pads", g.slice(1, 5, 13), Tensor.zeros(DType.F64, 1, 8, 6));
    }

    private static Tensor gradient(Model m, Tensor x, Tensor cot, Call call) {
        Tape tape = new Tape().watch(x);
        Tensor y = tape.record(() -> m.forward(Tensors.of("x", x), call).get("y"));
        return tape.gradient(List.of(y), List.of(cot), List.of(x)).getFirst();
    }

    /** N = 1, A = 0, dt = B = C = 1, diagonal 1: every row is the sum of all tokens. */
    private static void worked(CheckContext c) {
        int t = 6;
        Side ones = new Side(Tensor.ones(DType.F64, 1, t, 2), Tensor.ones(DType.F64, 1, t, 1));
        Tensor x = c.normal64("x", 1, t, 1);
        Tensor y = Quasiseparable.sides(x, ones, ones, Tensor.zeros(DType.F64, 1), 1, Optional.empty())
                .reshape(1, t, 1)
                .add(x);
        c.close("each token once", y, x.sumKeep(1).expand(1, t, 1), 1e-12);
    }
}
