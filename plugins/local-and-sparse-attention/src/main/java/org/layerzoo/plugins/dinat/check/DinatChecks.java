package org.layerzoo.plugins.dinat.check;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.layerzoo.core.config.Configs;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Draws;
import org.layerzoo.core.layer.ParamTree;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.spi.Check;
import org.layerzoo.core.spi.CheckContext;
import org.layerzoo.core.spi.Size;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.plugins.dinat.DinatConfig;
import org.layerzoo.plugins.dinat.DinatConfig.Form;
import org.layerzoo.plugins.dinat.DinatLayer;
import org.layerzoo.plugins.dinat.DinatProvider;

/** The Checks of the dilated neighbourhood attention sheet. */
public final class DinatChecks {
    private DinatChecks() {}

    public static List<Check> all() {
        return List.of(
                new Check("check-1: k >= L in each axis equals full softmax attention", DinatChecks::full),
                new Check("check-2: delta=1 equals NA, delta > 1 NA on each subgrid", DinatChecks::subgrids),
                new Check("check-3: 1-D worked neighbourhoods", DinatChecks::worked),
                new Check("check-4: every query has exactly k^2 distinct keys", DinatChecks::countKeys),
                new Check("check-5: bias index at the first and an interior token", DinatChecks::biasIndex),
                new Check("check-6: translation equivariance for interior tokens", DinatChecks::translation),
                new Check("check-7: k=1 gives v, receptive field growth", DinatChecks::growth),
                new Check("check-8: rejects k*delta > L", DinatChecks::rejects));
    }

    /** The attention alone, in F64, every parameter random and large enough to matter. */
    private record Dina(DinatLayer layer, ParamTree tree) {
        static Dina of(CheckContext c, DinatConfig config) {
            Draws d = Draws.seeded(c.draws().seed());
            ParamTree tree = new ParamTree(d, DType.F64);
            Dina a = new Dina(new DinatLayer(config, tree.root()), tree);
            tree.params()
                    .values()
                    .forEach(p ->
                            p.set(d.normal(p.path(), DType.F64, p.spec().shape().dims())
                                    .mul(0.5)));
            return a;
        }

        /** q = k = 0, v = x, no output projection: y is the mixing matrix times x. */
        static Dina mixing(CheckContext c, int dim, int kernel, int dilation, Form form) {
            Dina a = of(c, DinatConfig.of(dim, 1, kernel, dilation, form));
            a.tree.params().values().forEach(p -> p.set(Ops.zerosLike(p.value())));
            a.set("qkv.weight", Ops.concat(0, Tensor.zeros(DType.F64, 2 * dim, dim), identity(dim)));
            a.set("proj.weight", identity(dim));
            return a;
        }

        Dina set(String name, Tensor value) {
            tree.param(name).set(value);
            return this;
        }

        Tensor value(String name) {
            return tree.param(name).value();
        }

        Tensor run(Tensor x) {
            return layer.forward(Tensors.of("x", x), Call.eval()).get("y");
        }

        /** The layer in loops for x [1, h w, dim]. */
        Tensor naive(Tensor x, int heads, int h, int w, int kernel, int dilation) {
            double[][] qkv = NaiveNeighbours.linear(NaiveNeighbours.rows(x), value("qkv.weight"), value("qkv.bias"));
            int dim = x.dim(2);
            int d = dim / heads;
            List<Tensor> o = new ArrayList<>();
            for (int i = 0; i < heads; i++) {
                o.add(NaiveNeighbours.tensor(new NaiveNeighbours.Head(
                                NaiveNeighbours.columns(qkv, i * d, (i + 1) * d),
                                NaiveNeighbours.columns(qkv, dim + i * d, dim + (i + 1) * d),
                                NaiveNeighbours.columns(qkv, 2 * dim + i * d, 2 * dim + (i + 1) * d),
                                NaiveNeighbours.rows(value("rpb").select(0, i)),
                                h,
                                w,
                                kernel,
                                dilation)
                        .output()));
            }
            return NaiveNeighbours.tensor(NaiveNeighbours.linear(
                    NaiveNeighbours.rows(Ops.concat(2, o)), value("proj.weight"), value("proj.bias")));
        }
    }

    private static Tensor identity(int n) {
        return Ops.oneHot(Ops.iota(DType.I64, n), n, DType.F64);
    }

    /** Mixing matrix [n][n] of a line or map of n tokens, all logits equal. */
    private static double[][] mixing(CheckContext c, int kernel, int dilation, Form form) {
        int n = form.axes().stream().reduce(1, (a, b) -> a * b);
        return NaiveNeighbours.rows(
                Dina.mixing(c, n, kernel, dilation, form).run(identity(n).unsqueeze(0)));
    }

    private static int[] positive(double[] row) {
        return IntStream.range(0, row.length).filter(j -> row[j] > 0).toArray();
    }

    private static void full(CheckContext c) {
        for (int n : new int[] {3, 5}) {
            Dina a = Dina.of(c, DinatConfig.of(8, 2, n, 1, new Form.Grid(n, n)));
            Tensor x = c.normal64("x" + n, 1, n * n, 8);
            Tensor q = heads(a, x, 0);
            Tensor k = heads(a, x, 1);
            double[] s = q.matmulT(k).div(2).toDoubles();
            Tensor table = a.value("rpb");
            for (int i = 0; i < s.length; i++) {
                int key = i % (n * n);
                int query = i / (n * n) % (n * n);
                int head = i / (n * n * n * n);
                s[i] += table.get(head, key / n - query / n + n - 1, key % n - query % n + n - 1);
            }
            Tensor e = Ops.exp(Tensor.of(DType.F64, s, 1, 2, n * n, n * n));
            Tensor o = e.div(e.sumKeep(3)).matmul(heads(a, x, 2)).permute(0, 2, 1, 3);
            Tensor y = o.reshape(1, n * n, 8).matmulT(a.value("proj.weight")).add(a.value("proj.bias"));
            c.close("k = L = " + n, a.run(x), y, 1e-10);
        }
    }

    /** Projection 0, 1 or 2 (q, k, v) of two heads of four channels: [1, 2, N, 4]. */
    private static Tensor heads(Dina a, Tensor x, int which) {
        Tensor w = a.value("qkv.weight").slice(0, 8 * which, 8 * which + 8);
        Tensor b = a.value("qkv.bias").slice(0, 8 * which, 8 * which + 8);
        return x.matmulT(w).add(b).reshape(1, x.dim(1), 2, 4).permute(0, 2, 1, 3);
    }

    private static void subgrids(CheckContext c) {
        Dina na = Dina.of(c, DinatConfig.of(8, 2, 3, 1, new Form.Grid(5, 7)));
        Tensor x = c.normal64("x", 1, 35, 8);
        c.close("NA against loops", na.run(x), na.naive(x, 2, 5, 7, 3, 1), 1e-10);
        Dina uneven = Dina.of(c, DinatConfig.of(8, 2, 3, 2, new Form.Grid(7, 9)));
        Tensor z = c.normal64("z", 1, 63, 8);
        c.close("delta that divides no axis against loops", uneven.run(z), uneven.naive(z, 2, 7, 9, 3, 2), 1e-10);
        Dina dilated = Dina.of(c, DinatConfig.of(8, 2, 3, 2, new Form.Grid(6, 10)));
        Dina small = Dina.of(c, DinatConfig.of(8, 2, 3, 1, new Form.Grid(3, 5)));
        Tensor map = c.normal64("map", 2, 6, 10, 8);
        Tensor y = dilated.run(map.reshape(2, 60, 8)).reshape(2, 6, 10, 8);
        for (int r = 0; r < 4; r++) {
            Tensor part = subgrid(map, r / 2, r % 2).reshape(2, 15, 8);
            Tensor expected = small.run(part).reshape(2, 3, 5, 8);
            c.close("subgrid " + r / 2 + "," + r % 2, subgrid(y, r / 2, r % 2), expected, 1e-12);
        }
    }

    private static Tensor subgrid(Tensor map, int row, int column) {
        return map.slice(1, row, map.dim(1), 2).slice(2, column, map.dim(2), 2);
    }

    private static void worked(CheckContext c) {
        double[][] a = mixing(c, 3, 1, new Form.Line(7));
        sees(c, a, 0, 0, 1, 2);
        sees(c, a, 3, 2, 3, 4);
        sees(c, a, 6, 4, 5, 6);
        double[][] b = mixing(c, 3, 2, new Form.Line(6));
        for (int i = 0; i < 6; i++) {
            sees(c, b, i, i % 2, i % 2 + 2, i % 2 + 4);
        }
        double[][] d = mixing(c, 3, 2, new Form.Line(8));
        sees(c, d, 1, 1, 3, 5);
        sees(c, d, 3, 1, 3, 5);
        sees(c, d, 5, 3, 5, 7);
    }

    private static void sees(CheckContext c, double[][] mixing, int i, int... keys) {
        c.equal(
                "keys of token " + i + " of " + mixing.length,
                Arrays.toString(positive(mixing[i])),
                Arrays.toString(keys));
    }

    private static void countKeys(CheckContext c) {
        int[][] cases = {{3, 2, 7, 9}, {3, 1, 4, 6}, {5, 1, 5, 8}, {3, 3, 9, 10}};
        for (int[] s : cases) {
            double[][] a = mixing(c, s[0], s[1], new Form.Grid(s[2], s[3]));
            for (int i = 0; i < a.length; i++) {
                int[] keys = positive(a[i]);
                int token = i;
                c.equal("keys of token " + i + " in case " + Arrays.toString(s), keys.length, s[0] * s[0]);
                c.isTrue("token " + i + " sees itself", Arrays.stream(keys).anyMatch(j -> j == token));
                c.close("a key counts once", Arrays.stream(a[i]).max().orElseThrow(), 1.0 / (s[0] * s[0]), 1e-12);
            }
        }
        Dina any = Dina.of(c, DinatConfig.of(8, 2, 3, 2, new Form.Grid(7, 9)));
        Tensor w = any.value("qkv.weight");
        Tensor b = any.value("qkv.bias");
        any.set("qkv.weight", Ops.concat(0, w.slice(0, 0, 16), Tensor.zeros(DType.F64, 8, 8)))
                .set("qkv.bias", Ops.concat(0, b.slice(0, 0, 16), Tensor.ones(DType.F64, 8)))
                .set("proj.weight", identity(8))
                .set("proj.bias", Tensor.zeros(DType.F64, 8));
        c.close("V = 1", any.run(c.normal64("x", 1, 63, 8)), Tensor.ones(DType.F64, 1, 63, 8), 1e-12);
    }

    /** One entry of the table raised at a time: the key that then weighs more has that index. */
    private static void biasIndex(CheckContext c) {
        int k = 5;
        for (int dilation : new int[] {1, 2}) {
            int n = 10 * dilation + 1;
            int middle = 5 * dilation;
            Dina a = Dina.mixing(c, n, k, dilation, new Form.Line(n));
            for (int index = 0; index < 2 * k - 1; index++) {
                double[] table = new double[2 * k - 1];
                table[index] = Math.log(3);
                a.set("rpb", Tensor.of(DType.F64, table, 1, 2 * k - 1));
                double[][] y = NaiveNeighbours.rows(a.run(identity(n).unsqueeze(0)));
                heavier(c, y[0], index - (k - 1), k - 1, dilation, 0, 0);
                heavier(c, y[middle], index - (k - 1), k / 2, dilation, middle, -(k / 2));
            }
        }
    }

    /** The key at {@code offset} steps weighs 3 / (k + 2) when it is in the window [from, to], no other does. */
    private static void heavier(CheckContext c, double[] row, int offset, int to, int dilation, int i, int from) {
        for (int j = 0; j < row.length; j++) {
            boolean raised = offset >= from && offset <= to && j == i + offset * dilation;
            c.isTrue(
                    "token " + i + ", offset " + offset + ", key " + j,
                    raised ? Math.abs(row[j] - 3.0 / 7) < 1e-12 : row[j] < 0.21);
        }
    }

    private static void translation(CheckContext c) {
        int h = 16;
        int w = 15;
        Dina a = Dina.of(c, DinatConfig.of(8, 2, 3, 2, new Form.Grid(h, w)));
        Tensor x = c.normal64("x", 1, h, w, 8);
        Tensor moved = Ops.roll(Ops.roll(x, 1, 1), 1, 2);
        Tensor y = a.run(x.reshape(1, h * w, 8)).reshape(1, h, w, 8);
        Tensor z = a.run(moved.reshape(1, h * w, 8)).reshape(1, h, w, 8);
        // Interior: at least k delta = 6 from every border, before and after the shift by (1, 1).
        c.close(
                "interior of a shifted map",
                z.slice(1, 7, h - 6).slice(2, 7, w - 6),
                y.slice(1, 6, h - 7).slice(2, 6, w - 7),
                1e-12);
        c.isTrue(
                "borders are not equivariant",
                org.layerzoo.core.op.Errors.relative(z.slice(1, 1, 2), y.slice(1, 0, 1)) > 1e-3);
    }

    private static void growth(CheckContext c) {
        Dina one = Dina.of(c, DinatConfig.of(8, 2, 1, 1, new Form.Grid(4, 5)));
        Tensor x = c.normal64("x", 1, 20, 8);
        Tensor v = heads(one, x, 2).permute(0, 2, 1, 3).reshape(1, 20, 8);
        Tensor projected = v.matmulT(one.value("proj.weight")).add(one.value("proj.bias"));
        c.close("k = 1", one.run(x), projected, 1e-12);
        c.equal("NA then DiNA reach k^2", reached(c, 1, 3), 9);
        c.equal("three layers reach k^3", reached(c, 1, 3, 9), 27);
        // Up to 11 layers no border moves a window that the impulse has reached.
        for (int l : new int[] {1, 2, 3, 11}) {
            int[] near = IntStream.generate(() -> 1).limit(l).toArray();
            c.equal(l + " layers of NA reach l (k - 1) + 1", reached(c, near), 2 * l + 1);
        }
    }

    /** Outputs of 27 tokens that one input in the middle changes through layers with k = 3 and these dilations. */
    private static int reached(CheckContext c, int... dilations) {
        double[] impulse = new double[27];
        impulse[13] = 1;
        Tensor x = Tensor.of(DType.F64, impulse, 1, 27, 1);
        for (int d : dilations) {
            x = Dina.mixing(c, 1, 3, d, new Form.Line(27)).run(x);
        }
        return positive(x.toDoubles()).length;
    }

    private static void rejects(CheckContext c) {
        DinatConfig fits = new DinatProvider().defaults(Size.TINY);
        c.refuses(
                "kernel 3 * dilation 3 on 6 rows",
                "kernel * dilation",
                () -> Configs.set(fits, Map.of("dilation", "3")));
        c.refuses(
                "kernel 5 * dilation 2 on 6 rows", "kernel * dilation", () -> Configs.set(fits, Map.of("kernel", "5")));
        c.equal(
                "3 * 2 on 6 rows stands",
                Configs.set(fits, Map.of("dilation", "2")).dilation(),
                2);
        Dina a = Dina.of(c, fits);
        c.refuses("tokens of another map", "tokens of [6, 7]", () -> a.run(c.normal64("x", 1, 41, 8)));
    }
}
