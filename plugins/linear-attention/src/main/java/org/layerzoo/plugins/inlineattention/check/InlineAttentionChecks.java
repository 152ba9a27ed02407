package org.layerzoo.plugins.inlineattention.check;

import java.util.List;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.op.Errors;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.spi.Check;
import org.layerzoo.core.spi.CheckContext;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.spi.Models;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.linear.Forms;
import org.layerzoo.plugins.inlineattention.Injective;
import org.layerzoo.plugins.inlineattention.InlineAttentionConfig;
import org.layerzoo.plugins.inlineattention.InlineAttentionConfig.Kernel;
import org.layerzoo.plugins.inlineattention.InlineAttentionProvider;

/** The Checks of the InLine sheet. */
public final class InlineAttentionChecks {
    private InlineAttentionChecks() {}

    public static List<Check> all() {
        return List.of(
                new Check(
                        "check-1: explicit weights give the linear form, rows sum to 1",
                        InlineAttentionChecks::explicit),
                new Check("check-2: constant v gives a constant", InlineAttentionChecks::constant),
                new Check("check-3: q = 0 gives the mean of v", InlineAttentionChecks::zero),
                new Check("check-4: non-injectivity of division", InlineAttentionChecks::injective),
                new Check("check-5: one token returns its value", InlineAttentionChecks::single),
                new Check("check-6: worked example with d = 1", InlineAttentionChecks::worked),
                new Check("check-7: residual weights zero or a delta", InlineAttentionChecks::residual),
                new Check("check-8: permuted tokens", InlineAttentionChecks::permuted));
    }

    private static void explicit(CheckContext c) {
        for (int n : new int[] {3, 40}) {
            List<Tensor> x = Forms.draw(c, DType.F64, 2, 2, n, 4, 4);
            Tensor w = Injective.weights(x.get(0), x.get(1));
            c.close("N = " + n, Injective.read(x.get(0), x.get(1), x.get(2)), w.matmul(x.get(2)), 1e-11);
            c.close("rows, N = " + n, w.sum(3), Tensor.ones(DType.F64, 2, 2, n), 1e-12);
            List<Tensor> f = x.stream().map(t -> t.cast(DType.F32)).toList();
            Tensor fast = Injective.read(f.get(0), f.get(1), f.get(2));
            c.close("float32, N = " + n, fast, w.matmul(x.get(2)).cast(DType.F32), 1e-5);
        }
    }

    private static void constant(CheckContext c) {
        List<Tensor> x = Forms.draw(c, DType.F64, 1, 2, 11, 4, 4);
        Tensor v = c.normal64("one", 1, 2, 1, 4).expand(1, 2, 11, 4);
        c.close("reads", Injective.read(x.get(0), x.get(1), v), v, 1e-12);
    }

    private static void zero(CheckContext c) {
        List<Tensor> x = Forms.draw(c, DType.F64, 1, 2, 11, 4, 4);
        Tensor mean = x.get(2).meanKeep(2).expand(1, 2, 11, 4);
        c.close("reads", Injective.read(Ops.zerosLike(x.get(0)), x.get(1), x.get(2)), mean, 1e-14);
    }

    private static void injective(CheckContext c) {
        List<Tensor> x = Forms.draw(c, DType.F64, 1, 2, 11, 4, 4);
        Tensor q = Ops.relu(x.get(0)).add(0.1);
        Tensor k = Ops.relu(x.get(1)).add(0.1);
        c.close("divided: q and 2 q", Injective.divided(q.mul(2), k), Injective.divided(q, k), 1e-12);
        Tensor difference = Injective.read(q.mul(2), k, x.get(2)).sub(Injective.read(q, k, x.get(2)));
        Tensor centred = q.matmulT(k.sub(k.meanKeep(2))).matmul(x.get(2)).div(Math.sqrt(4) * 11);
        c.close("the difference", difference, centred, 1e-11);
        c.isTrue("it is not zero", Errors.norm(difference) > 1e-3);
    }

    private static void single(CheckContext c) {
        List<Tensor> x = Forms.draw(c, DType.F64, 2, 2, 1, 4, 4);
        c.close("o", Injective.read(x.get(0), x.get(1), x.get(2)), x.get(2), 1e-12);
    }

    private static void worked(CheckContext c) {
        Tensor k = Tensor.of(new double[] {0, 2}, 1, 1, 2, 1);
        Tensor v = Tensor.of(new double[] {0, 1}, 1, 1, 2, 1);
        Tensor q = Tensor.ones(DType.F64, 1, 1, 1, 1);
        c.close("weights", Injective.weights(q, k).reshape(2), Tensor.of(new double[] {0, 1}, 2), 1e-15);
        c.close("o", Injective.read(q, k, v).item(), 1, 1e-15);
    }

    private static Model model(CheckContext c, boolean residual) {
        InlineAttentionConfig config = new InlineAttentionConfig(8, 2, 3, 5, true, Kernel.RELU, residual);
        Model m = Models.build(
                "",
                new InlineAttentionProvider(),
                config,
                Models.Options.of(c.draws().seed()).with(DType.F64));
        for (Param p : m.params().trainable()) {
            p.set(c.normal64(p.path(), p.spec().shape().dims()));
        }
        return m;
    }

    private static Tensor run(Model m, Tensor x) {
        return m.forward(Tensors.of("x", x), Call.eval()).get("y");
    }

    private static void residual(CheckContext c) {
        Tensor x = c.normal64("x", 2, 15, 8);
        Model m = model(c, true);
        Param w = m.params().param("residual.2.weight");
        Param b = m.params().param("residual.2.bias");
        w.set(Ops.zerosLike(w.value()));
        b.set(Ops.zerosLike(b.value()));
        Tensor core = run(model(c, false), x);
        c.close("kernels of 0", run(m, x), core, 1e-12);
        double[] delta = new double[72];
        for (int i = 0; i < 8; i++) {
            delta[9 * i + 4] = 1;
        }
        b.set(Tensor.of(delta, 72));
        Tensor qkv = x.matmulT(m.params().param("qkv.weight").value())
                .add(m.params().param("qkv.bias").value());
        Tensor v = qkv.slice(2, 16, 24).matmulT(m.params().param("proj.weight").value());
        c.close("delta kernels add v", run(m, x), core.add(v), 1e-12);
    }

    private static void permuted(CheckContext c) {
        Tensor x = c.normal64("x", 1, 15, 8);
        Tensor order = c.draws().permutation("order", 15);
        Model core = model(c, false);
        Tensor moved = Ops.indexSelect(x, 1, order);
        c.close("core", run(core, moved), Ops.indexSelect(run(core, x), 1, order), 1e-12);
        Model whole = model(c, true);
        double e = Errors.relative(run(whole, moved), Ops.indexSelect(run(whole, x), 1, order));
        c.isTrue("the residual depends on places", e > 1e-3);
    }
}
