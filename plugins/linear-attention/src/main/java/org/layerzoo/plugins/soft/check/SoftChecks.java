package org.layerzoo.plugins.soft.check;

import java.util.List;
import java.util.function.UnaryOperator;
import org.layerzoo.core.exec.Counting;
import org.layerzoo.core.exec.Exec;
import org.layerzoo.core.exec.ShapesOnly;
import org.layerzoo.core.op.Errors;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.spi.Check;
import org.layerzoo.core.spi.CheckContext;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.nn.linear.Forms;
import org.layerzoo.plugins.soft.Gaussian;
import org.layerzoo.plugins.soft.SoftConfig.Middle;

/** The Checks of the SOFT sheet. */
public final class SoftChecks {
    private SoftChecks() {}

    public static List<Check> all() {
        return List.of(
                new Check("check-1: landmarks = all tokens give the kernel itself", SoftChecks::whole),
                new Check("check-2: worked example with landmarks 0 and 2", SoftChecks::worked),
                new Check("check-3: symmetric, positive, exact at landmarks", SoftChecks::symmetric),
                new Check("check-4: Newton against the exact inverse", SoftChecks::newton),
                new Check("check-5: the gradient is that of an exact inverse", SoftChecks::gradient),
                new Check("check-6: kernel values and translation", SoftChecks::kernel),
                new Check("check-7: normalised form", SoftChecks::normalised),
                new Check("check-8: cost linear in N at fixed m", SoftChecks::cost));
    }

    /** C A^-1 C^T with no ridge, inverted exactly. */
    private static Tensor approximate(Tensor q, Tensor l) {
        Tensor c = Gaussian.kernel(q, l);
        return c.matmul(exact(Gaussian.kernel(l, l))).matmulT(c);
    }

    /** A^-1 of symmetric positive [.., n, n] by elimination in ops, so that a tape can follow it. */
    static Tensor exact(Tensor a) {
        int n = a.dim(-1);
        Tensor eye = Ops.oneHot(Ops.iota(DType.I64, n), n, a.dtype());
        Tensor x = Ops.concat(-1, a, eye.add(Ops.zerosLike(a)));
        for (int i = 0; i < n; i++) {
            Tensor pivot = x.slice(-2, i, i + 1);
            Tensor row = pivot.div(pivot.slice(-1, i, i + 1));
            Tensor others = eye.slice(1, i, i + 1).neg().add(1);
            Tensor factor = x.slice(-1, i, i + 1).mul(others);
            x = x.mul(others).add(eye.slice(1, i, i + 1).mul(row)).sub(factor.mul(row));
        }
        return x.slice(-1, n, 2 * n);
    }

    private static void whole(CheckContext c) {
        Tensor q = c.normal64("q", 2, 2, 20, 8);
        Tensor s = Gaussian.kernel(q, q);
        Tensor newton = s.matmul(Gaussian.inverse(s, 0, 40)).matmulT(s);
        c.close("S", newton, s, 1e-3);
    }

    private static void worked(CheckContext c) {
        Tensor q = Tensor.of(new double[] {0, 1, 2}, 3, 1);
        Tensor l = Tensor.of(new double[] {0, 2}, 2, 1);
        double e = 0.606531;
        double f = 0.135335;
        c.close("S", approximate(q, l), Tensor.of(new double[] {1, e, f, e, 0.648054, e, f, e, 1}, 3, 3), 1e-5);
        c.close("true middle entry", Gaussian.kernel(q, q).get(1, 1), 1, 1e-12);
    }

    private static void symmetric(CheckContext c) {
        Tensor q = c.normal64("q", 2, 2, 30, 8);
        Tensor l = q.slice(2, 0, 30, 5);
        Tensor s = approximate(q, l);
        c.close("symmetric", s, s.transpose(2, 3), 1e-10);
        Tensor x = c.normal64("x", 2, 2, 30, 16);
        c.isTrue("x^T S x >= 0", x.mul(s.matmul(x)).sum(2).min().item() >= -1e-10);
        c.close("rows of landmarks", s.slice(2, 0, 30, 5), Gaussian.kernel(l, q), 1e-8);
    }

    private static void newton(CheckContext c) {
        Tensor l = c.normal64("l", 2, 2, 16, 8);
        Tensor a = Gaussian.kernel(l, l);
        Tensor truth = exact(a.add(eye(a).mul(0.01)));
        double e = Errors.maxAbs(Gaussian.inverse(a, 0.01, 20), truth);
        c.isTrue("error after 20 steps " + e, e < 1e-4);
        double before = Double.NaN;
        int seen = 0;
        for (int k = 1; k <= 20; k++) {
            double r = Errors.norm(eye(a).sub(a.add(eye(a).mul(0.01)).matmul(Gaussian.inverse(a, 0.01, k))));
            if (before < 0.5 && r > 1e-12) {
                c.isTrue("residual " + before + " then " + r, r <= before * before * 1.001);
                seen++;
            }
            before = r;
        }
        c.isTrue(seen + " steps were quadratic", seen >= 2);
    }

    private static Tensor eye(Tensor a) {
        return Ops.oneHot(Ops.iota(DType.I64, a.dim(-1)), a.dim(-1), a.dtype());
    }

    private static void gradient(CheckContext c) {
        Tensor l = c.normal64("l", 2, 2, 12, 8);
        Tensor a = Gaussian.kernel(l, l);
        Tensor cot = c.normal64("cot", 2, 2, 12, 12);
        Tensor given = slope(a, cot, x -> Gaussian.inverse(x, 0.01, 30));
        c.close("dA", given, slope(a, cot, x -> exact(x.add(eye(x).mul(0.01)))), 1e-4);
    }

    private static Tensor slope(Tensor a, Tensor cot, UnaryOperator<Tensor> f) {
        return Forms.gradients(List.of(a), cot, x -> List.of(f.apply(x.getFirst())))
                .getFirst();
    }

    private static void kernel(CheckContext c) {
        Tensor q = c.normal64("q", 2, 2, 30, 8);
        Tensor s = Gaussian.kernel(q, q);
        c.isTrue("values in (0, 1]", s.min().item() > 0 && s.max().item() <= 1);
        Tensor v = c.normal64("v", 2, 2, 30, 4);
        Tensor moved = q.add(c.normal64("shift", 8));
        Tensor y = Gaussian.read(q, q.slice(2, 0, 30, 5), v, Middle.INVERSE, 20);
        c.close("moved", Gaussian.read(moved, moved.slice(2, 0, 30, 5), v, Middle.INVERSE, 20), y, 1e-9);
    }

    private static void normalised(CheckContext c) {
        Tensor far = Ops.iota(DType.F64, 6).mul(20).reshape(1, 1, 6, 1).expand(1, 1, 6, 4);
        Tensor a = Gaussian.kernel(far, far);
        Tensor plain = Gaussian.between(a, Middle.INVERSE, 30);
        c.close("landmarks far apart", Gaussian.between(a, Middle.NORMALISED, 30), plain, 1e-9);
        Tensor same = Tensor.ones(DType.F64, 1, 1, 6, 6);
        Tensor q = c.normal64("q", 1, 1, 9, 4);
        Tensor l = c.normal64("l", 1, 1, 1, 4).expand(1, 1, 6, 4);
        c.close("kernel of identical landmarks", Gaussian.kernel(l, l), same, 1e-12);
        Tensor v = c.normal64("v", 1, 1, 9, 4);
        Tensor y = Gaussian.read(q, l, v, Middle.INVERSE, 60);
        Tensor near = c.normal64("near", 2, 2, 12, 8);
        Tensor k = Gaussian.kernel(near, near);
        Tensor root = Ops.rsqrt(k.sumKeep(-1));
        Tensor released = Gaussian.between(k, Middle.NORMALISED_AS_RELEASED, 40);
        c.close("as released", released, exact(k).mul(root).mul(root.transpose(2, 3)), 1e-8);
        c.close("a sixth", Gaussian.read(q, l, v, Middle.NORMALISED, 60), y.div(6), 1e-3);
    }

    /** Operations counted on shapes: what N adds is the same for each token. */
    private static void cost(CheckContext c) {
        long few = flops(512);
        long some = flops(1024);
        long many = flops(4096);
        c.equal("operations of 3072 tokens more and of 512 more", many - some, 6 * (some - few));
    }

    private static long flops(int n) {
        Counting count = new Counting(ShapesOnly.INSTANCE);
        Tensor q = Tensor.abstractOf(TensorSpec.of(DType.F32, 1, 2, n, 32));
        Tensor l = Tensor.abstractOf(TensorSpec.of(DType.F32, 1, 2, 49, 32));
        Exec.run(count, () -> Gaussian.read(q, l, q, Middle.INVERSE, 20));
        return count.flops();
    }
}
