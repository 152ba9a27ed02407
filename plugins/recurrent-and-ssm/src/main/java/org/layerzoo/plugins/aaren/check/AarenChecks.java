package org.layerzoo.plugins.aaren.check;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Streaming;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.recur.Algorithm;
import org.layerzoo.core.spi.Check;
import org.layerzoo.core.spi.CheckContext;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.spi.Models;
import org.layerzoo.core.state.Opening;
import org.layerzoo.core.state.State;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.linear.Forms;
import org.layerzoo.nn.linear.RunningSoftmax;
import org.layerzoo.nn.linear.RunningSoftmax.Triple;
import org.layerzoo.plugins.aaren.AarenConfig;
import org.layerzoo.plugins.aaren.AarenConfig.Query;
import org.layerzoo.plugins.aaren.AarenProvider;

/** The Checks of the Aaren sheet. */
public final class AarenChecks {
    private static final double INFINITY = Double.POSITIVE_INFINITY;

    private AarenChecks() {}

    public static List<Check> all() {
        return List.of(
                new Check("check-1: scan equals step recurrence equals masked softmax", AarenChecks::forms),
                new Check("check-2: worked example", AarenChecks::worked),
                new Check("check-3: the operator is associative with an identity", AarenChecks::associative),
                new Check("check-4: extreme scores", AarenChecks::extreme),
                new Check("check-5: a stream keeps a constant state", AarenChecks::state),
                new Check("check-6: the last row is cross-attention, in any order of tokens", AarenChecks::last),
                new Check("check-7: constants cancel, causality", AarenChecks::shifted),
                new Check("check-8: one more token of parameters than attention", AarenChecks::parameters));
    }

    /** o and log mass by the cell of the sheet, token by token. */
    private static Fused.Part cell(Tensor s, Tensor v) {
        int n = s.dim(2);
        int p = v.dim(3);
        double[] o = new double[n * p];
        double[] mass = new double[n];
        double m = -INFINITY;
        double u = 0;
        double[] a = new double[p];
        for (int t = 0; t < n; t++) {
            double score = s.get(0, 0, t);
            double top = Math.max(m, score);
            double keep = m == -INFINITY ? 0 : Math.exp(m - top);
            double add = score == -INFINITY ? 0 : Math.exp(score - top);
            u = u * keep + add;
            for (int j = 0; j < p; j++) {
                a[j] = a[j] * keep + add * v.get(0, 0, t, j);
                o[t * p + j] = u == 0 ? 0 : a[j] / u;
            }
            m = top;
            mass[t] = u == 0 ? -INFINITY : m + Math.log(u);
        }
        return new Fused.Part(Tensor.of(o, 1, 1, n, p), Tensor.of(mass, 1, 1, n));
    }

    /** Masked softmax with the same query in every row. */
    private static Tensor dense(Tensor s, Tensor v) {
        int n = s.dim(2);
        Tensor i = Ops.iota(DType.I64, n);
        Tensor seen = i.le(i.unsqueeze(1));
        Tensor infinity = Tensor.scalar(s.dtype(), -INFINITY);
        return Fused.softmax(Ops.where(seen, s.unsqueeze(2), infinity), -1).matmul(v);
    }

    private static Tensor read(Tensor s, Tensor v, Algorithm a) {
        return RunningSoftmax.read(s, v, Optional.empty(), Optional.of(a)).o();
    }

    private static void forms(CheckContext c) {
        for (int n : new int[] {1, 2, 3, 7, 64, 1000}) {
            Tensor s = c.normal64("s" + n, 1, 1, n).mul(4);
            Tensor v = c.normal64("v" + n, 1, 1, n, 3);
            Tensor expected = cell(s, v).o();
            c.close("masked softmax of " + n, dense(s, v), expected, 1e-12);
            Tensor op = Fused.softmaxScan(s.cast(DType.F32), v.cast(DType.F32)).o();
            c.close("op in float32, " + n, op, expected.cast(DType.F32), 1e-6);
            for (Algorithm a : List.of(new Algorithm.Parallel(), new Algorithm.Chunked(16))) {
                c.close(a + " of " + n, read(s, v, a), expected, 1e-12);
            }
        }
        gradients(c);
        Tensors x = Tensors.of("x", c.normal64("x", 2, 23, 6));
        Forms.agree(c, model(c, Query.LEARNED), x, 1e-10, 1, 7, 64);
        Model rows = model(c, Query.ROWS);
        Tensors two = x.with("context", c.normal64("context", 2, 11, 6));
        Tensor whole = Forms.run(rows, two, new Call.Algorithm.Auto());
        for (Call.Algorithm a : List.of(new Call.Algorithm.Recurrent(), new Call.Algorithm.Chunked(4))) {
            c.close("many to one, " + a, Forms.run(rows, two, a), whole, 1e-10);
        }
    }

    private static void gradients(CheckContext c) {
        List<Tensor> sv = List.of(c.normal64("s", 2, 2, 21).mul(3), c.normal64("v", 2, 2, 21, 3));
        Tensor cot = c.normal64("cot", 2, 2, 21, 3);
        List<Tensor> slopes = Forms.gradients(sv, cot, x -> List.of(dense(x.get(0), x.get(1))));
        List<Tensor> op = Forms.gradients(
                sv, cot, x -> List.of(Fused.softmaxScan(x.get(0), x.get(1)).o()));
        for (Algorithm a : Forms.of(8)) {
            List<Tensor> g = Forms.gradients(sv, cot, x -> List.of(read(x.get(0), x.get(1), a)));
            for (int i = 0; i < 2; i++) {
                c.close("gradient to " + "sv".charAt(i) + ", " + a, g.get(i), slopes.get(i), 1e-10);
                c.close("gradient of the op to " + "sv".charAt(i), op.get(i), slopes.get(i), 1e-10);
            }
        }
    }

    private static void worked(CheckContext c) {
        Tensor s = Tensor.of(new double[] {1, 2, 0}, 1, 1, 3);
        Tensor v = Tensor.of(new double[] {1, 0, 2}, 1, 1, 3, 1);
        Tensor expected = Tensor.of(new double[] {1, 0.268941, 0.424790}, 1, 1, 3, 1);
        c.close("cell", cell(s, v).o(), expected, 1e-6);
        for (Algorithm a : Forms.of(2)) {
            c.close(a.toString(), read(s, v, a), expected, 1e-6);
        }
        Triple all = Triple.leaves(s.slice(2, 0, 1), v.slice(2, 0, 1))
                .with(Triple.leaves(s.slice(2, 1, 2), v.slice(2, 1, 2)))
                .with(Triple.leaves(s.slice(2, 2, 3), v.slice(2, 2, 3)));
        c.close("m", all.m().item(), 2, 1e-12);
        c.close("u", all.u().item(), 1.503215, 1e-6);
        c.close("w", all.w().item(), 0.638550, 1e-6);
    }

    private static void same(CheckContext c, String what, Triple a, Triple b) {
        c.close(what + ", m", a.m(), b.m(), 1e-12);
        c.close(what + ", u", a.u(), b.u(), 1e-12);
        c.close(what + ", w", a.w(), b.w(), 1e-12);
    }

    private static void associative(CheckContext c) {
        Triple[] t = new Triple[3];
        for (int i = 0; i < 3; i++) {
            Tensor u = Ops.exp(c.normal64("u" + i, 50));
            t[i] = new Triple(c.normal64("m" + i, 50).mul(20), u, c.normal64("w" + i, 50, 4));
        }
        same(c, "(ab)c = a(bc)", t[0].with(t[1]).with(t[2]), t[0].with(t[1].with(t[2])));
        Triple none = new Triple(
                Tensor.full(DType.F64, -INFINITY, 50), Tensor.zeros(DType.F64, 50), Tensor.zeros(DType.F64, 50, 4));
        same(c, "identity on the left", none.with(t[0]), t[0]);
        same(c, "identity on the right", t[0].with(none), t[0]);
    }

    private static void extreme(CheckContext c) {
        Tensor s = Tensor.of(new double[] {-1000, 3, 1000, -INFINITY, -1000, 999, -INFINITY}, 1, 1, 7);
        Tensor v = c.normal64("v", 1, 1, 7, 3);
        Tensor expected = cell(s, v).o();
        for (Algorithm a : Forms.of(3)) {
            Tensor o = read(s, v, a);
            c.finite(a.toString(), o);
            c.close(a.toString(), o, expected, 1e-12);
            c.same("a token of -inf adds nothing, " + a, o.slice(2, 3, 4), o.slice(2, 2, 3));
        }
        Tensor hidden = Ops.concat(2, Tensor.full(DType.F64, -INFINITY, 1, 1, 2), s);
        Tensor late = Ops.concat(2, c.normal64("more", 1, 1, 2, 3), v);
        for (Algorithm a : Forms.of(3)) {
            Tensor o = read(hidden, late, a);
            c.same("nothing seen yet reads 0, " + a, o.slice(2, 0, 2), Tensor.zeros(DType.F64, 1, 1, 2, 3));
            c.close("and then as if never there, " + a, o.slice(2, 2, 9), expected, 1e-12);
        }
    }

    private static Model model(CheckContext c, Query query) {
        return Models.build(
                "",
                new AarenProvider(),
                new AarenConfig(6, 2, query),
                Models.Options.of(c.draws().seed()).with(DType.F64));
    }

    /** The paper keeps m, c and a, H (p + 2) numbers; o = a / c and m + log c say the same in H (p + 1). */
    private static void state(CheckContext c) {
        Streaming layer = (Streaming) model(c, Query.LEARNED).layer();
        State s = layer.open(Opening.of(1).with(DType.F64));
        for (int i = 0; i < 3; i++) {
            layer.advance(Tensors.of("x", c.normal64("x" + i, 1, 10, 6)), s, Call.eval());
            c.equal("bytes after " + 10 * (i + 1) + " tokens", s.usage().bytes(), 8L * 2 * (3 + 1));
        }
        c.isTrue("at most H (p + 2) numbers", s.usage().bytes() <= 8L * 2 * (3 + 2));
    }

    private static void last(CheckContext c) {
        Model m = model(c, Query.LEARNED);
        Model rows = model(c, Query.ROWS);
        rows.params().values().names().forEach(n -> rows.params()
                .param(n)
                .set(m.params().param(n).value()));
        Tensor x = c.normal64("x", 2, 19, 6);
        Tensor y = run(m, x).slice(1, 18, 19);
        Tensor query = m.params().param("query").value().reshape(1, 1, 6).expand(2, 1, 6);
        Tensor cross =
                rows.forward(Tensors.of("x", query, "context", x), Call.eval()).get("y");
        c.close("cross-attention of the learned token", y, cross, 1e-12);
        Tensor mixed = Ops.indexSelect(x, 1, c.draws().permutation("order", 19));
        c.close("another order", run(m, mixed).slice(1, 18, 19), y, 1e-12);
    }

    private static Tensor run(Model m, Tensor x) {
        return m.forward(Tensors.of("x", x), Call.eval()).get("y");
    }

    private static void shifted(CheckContext c) {
        Tensor s = c.normal64("s", 1, 2, 30);
        Tensor v = c.normal64("v", 1, 2, 30, 3);
        for (Algorithm a : Forms.of(8)) {
            c.close("all scores 40 higher, " + a, read(s.add(40), v, a), read(s, v, a), 1e-12);
        }
        Forms.causal(c, model(c, Query.LEARNED), Tensors.of("x", c.normal64("x", 2, 20, 6)), 9);
    }

    private static void parameters(CheckContext c) {
        c.equal("attention", model(c, Query.ROWS).params().count(), 4L * 36);
        c.equal("with the query token", model(c, Query.LEARNED).params().count(), 4L * 36 + 6);
    }
}
