package org.layerzoo.plugins.vig.check;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.op.Errors;
import org.layerzoo.core.op.Fused;
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
import org.layerzoo.plugins.vig.BothGates;
import org.layerzoo.plugins.vig.VigConfig;
import org.layerzoo.plugins.vig.VigConfig.Gate;
import org.layerzoo.plugins.vig.VigConfig.Local;
import org.layerzoo.plugins.vig.VigProvider;

/** The Checks of the ViG sheet. */
public final class VigChecks {
    private VigChecks() {}

    public static List<Check> all() {
        return List.of(
                new Check("check-1: alpha = 1 is prefix plus suffix sums", VigChecks::open),
                new Check("check-2: alpha = 0 reads the token itself", VigChecks::closed),
                new Check("check-3: worked numbers", VigChecks::worked),
                new Check("check-4: recurrent, chunked and quadratic form agree", VigChecks::forms),
                new Check("check-5: reversing tokens and gates reverses the output", VigChecks::reversed),
                new Check("check-6: both directions at once equal two scans", VigChecks::separate),
                new Check("check-7: g = 1 and g = 0", VigChecks::mixing));
    }

    /** q, k, v and both log gates. */
    private static List<Tensor> draw(CheckContext c, int n) {
        return List.of(
                c.normal64("q", 2, 2, n, 4),
                c.normal64("k", 2, 2, n, 4),
                c.normal64("v", 2, 2, n, 5),
                Ops.logSigmoid(c.normal64("f", 2, 2, n, 4)),
                Ops.logSigmoid(c.normal64("b", 2, 2, n, 4)));
    }

    private static BothGates gates(List<Tensor> x) {
        return new BothGates(x.get(0), x.get(1), x.get(2), x.get(3), x.get(4));
    }

    private static Tensor read(BothGates g) {
        return g.read(0.5, Optional.empty());
    }

    private static Tensor own(List<Tensor> x) {
        return x.get(0).mul(x.get(1)).sumKeep(3).mul(x.get(2));
    }

    private static void open(CheckContext c) {
        List<Tensor> x = draw(c, 21);
        Tensor one = Ops.zerosLike(x.get(3));
        Tensor all = x.get(0).matmul(x.get(1).tMatmul(x.get(2)));
        Tensor o = read(new BothGates(x.get(0), x.get(1), x.get(2), one, one));
        c.close("o", o, all.add(own(x)).mul(0.5 * 0.5), 1e-10);
    }

    private static void closed(CheckContext c) {
        List<Tensor> x = draw(c, 21);
        Tensor none = Ops.zerosLike(x.get(3)).sub(60);
        Tensor o = read(new BothGates(x.get(0), x.get(1), x.get(2), none, none));
        c.close("o", o, own(x).mul(0.5), 1e-10);
    }

    private static Tensor column(double... x) {
        return Tensor.of(x, 1, 1, x.length, 1);
    }

    private static void worked(CheckContext c) {
        Tensor one = column(1, 1, 1);
        Tensor half = one.mul(Math.log(0.5));
        Tensor v = column(1, 2, 3);
        c.close("forward", Fused.recur(one, one, v).key(half).run().o(), column(1, 2.5, 4.25), 1e-12);
        c.close("backward", Fused.recur(one, one, v).key(half).reverse().run().o(), column(2.75, 3.5, 3), 1e-12);
        Tensor o = new BothGates(one, one, v, half, half).read(1, Optional.empty());
        c.close("o", o, column(1.875, 3, 3.625), 1e-12);
    }

    /** Masked by the products of gates between two tokens, channel by channel. */
    private static Tensor quadratic(List<Tensor> x) {
        int n = x.get(0).dim(2);
        Tensor row = Ops.iota(DType.I64, n).unsqueeze(1);
        Tensor past = Ops.iota(DType.I64, n).le(row).cast(DType.F64);
        Tensor total = Ops.zerosLike(x.get(2));
        for (int d = 0; d < 4; d++) {
            Tensor qk = x.get(0).slice(3, d, d + 1).matmulT(x.get(1).slice(3, d, d + 1));
            Tensor f = Ops.cumsum(x.get(3).slice(3, d, d + 1), 2);
            Tensor gf = Ops.exp(f.sub(f.transpose(2, 3)).mul(past)).mul(past);
            Tensor b = Ops.cumsum(Ops.flip(x.get(4).slice(3, d, d + 1), 2), 2);
            Tensor s = Ops.flip(b, 2);
            Tensor future = past.transpose(0, 1);
            Tensor gb = Ops.exp(s.sub(s.transpose(2, 3)).mul(future)).mul(future);
            total = total.add(qk.mul(gf.add(gb)).matmul(x.get(2)));
        }
        return total.mul(0.5 * 0.5);
    }

    private static void forms(CheckContext c) {
        List<Tensor> x = draw(c, 21);
        Tensor cot = c.normal64("cot", 2, 2, 21, 5);
        Tensor expected = quadratic(x);
        List<Tensor> slopes = Forms.gradients(x, cot, y -> List.of(quadratic(y)));
        for (Algorithm a : Forms.of(1, 16, 64)) {
            c.close(a.toString(), gates(x).read(0.5, Optional.of(a)), expected, 1e-10);
            List<Tensor> g = Forms.gradients(x, cot, y -> List.of(gates(y).read(0.5, Optional.of(a))));
            for (int i = 0; i < 5; i++) {
                c.close("gradient " + i + ", " + a, g.get(i), slopes.get(i), 1e-9);
            }
        }
        List<Tensor> narrow = x.stream().map(t -> t.cast(DType.F32)).toList();
        c.close("in float32", read(gates(narrow)), expected.cast(DType.F32), 1e-5);
    }

    private static void reversed(CheckContext c) {
        List<Tensor> x = draw(c, 21);
        List<Tensor> y = x.stream().map(t -> Ops.flip(t, 2)).toList();
        Tensor o = read(new BothGates(y.get(0), y.get(1), y.get(2), y.get(4), y.get(3)));
        c.close("o", o, Ops.flip(read(gates(x)), 2), 1e-12);
    }

    private static void separate(CheckContext c) {
        List<Tensor> x = draw(c, 37);
        List<Tensor> y = x.stream().map(t -> Ops.flip(t, 2)).toList();
        Tensor forward = Fused.recur(x.get(0), x.get(1), x.get(2))
                .key(x.get(3))
                .scale(0.5)
                .run()
                .o();
        Tensor backward = Fused.recur(y.get(0), y.get(1), y.get(2))
                .key(y.get(4))
                .scale(0.5)
                .run()
                .o();
        c.close("o", read(gates(x)), forward.add(Ops.flip(backward, 2)).mul(0.5), 1e-10);
    }

    private static Tensor run(Model m, Tensor x) {
        return m.forward(Tensors.of("x", x), Call.eval()).get("y");
    }

    private static void mixing(CheckContext c) {
        VigConfig config = new VigConfig(8, 2, 5, 6, 0.5, new Gate(4, 16, 0), new Local(true, false), false);
        Model m = Models.build(
                "",
                new VigProvider(),
                config,
                Models.Options.of(c.draws().seed()).with(DType.F64));
        Tensor x = c.normal64("x", 1, 30, 8);
        Param bias = m.params().param("g_proj.bias");
        bias.set(Tensor.full(DType.F64, 1e3, 8));
        Tensor attended = run(m, x);
        Param local = m.params().param("l_norm.weight");
        local.set(local.value().mul(7));
        c.close("g = 1: the local branch doesn't count", run(m, x), attended, 1e-10);
        bias.set(Tensor.full(DType.F64, -1e3, 8));
        Tensor before = run(m, x);
        Param other = m.params().param("g_norm.weight");
        other.set(other.value().mul(7));
        c.close("g = 0: the attention doesn't count", run(m, x), before, 1e-10);
        // Token 14 lies in row 2, column 2.
        Tensor changed = Ops.concat(1, x.slice(1, 0, 14), x.slice(1, 14, 15).add(1), x.slice(1, 15, 30));
        Tensor moved = run(m, changed).sub(before);
        for (int i = 0; i < 30; i++) {
            boolean near = Math.abs(i / 6 - 2) <= 1 && Math.abs(i % 6 - 2) <= 1;
            c.equal("token " + i + " moves", Errors.norm(moved.slice(1, i, i + 1)) > 0, near);
        }
    }
}
