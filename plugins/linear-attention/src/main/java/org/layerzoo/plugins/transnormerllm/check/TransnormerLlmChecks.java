package org.layerzoo.plugins.transnormerllm.check;

import java.util.List;
import org.layerzoo.core.exec.Tape;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.ParamTree;
import org.layerzoo.core.layer.Seqs;
import org.layerzoo.core.op.Errors;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.dense.Activation;
import org.layerzoo.core.op.norm.Root;
import org.layerzoo.core.op.recur.Algorithm;
import org.layerzoo.core.spi.Check;
import org.layerzoo.core.spi.CheckContext;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.spi.Models;
import org.layerzoo.core.spi.Size;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.linear.Forms;
import org.layerzoo.nn.linear.Lrpe;
import org.layerzoo.nn.linear.Sglu;
import org.layerzoo.nn.linear.Slopes;
import org.layerzoo.plugins.transnormerllm.TransnormerLlmConfig;
import org.layerzoo.plugins.transnormerllm.TransnormerLlmConfig.NormKind;
import org.layerzoo.plugins.transnormerllm.TransnormerLlmConfig.Slope;
import org.layerzoo.plugins.transnormerllm.TransnormerLlmModelProvider;
import org.layerzoo.plugins.transnormerllm.TransnormerLlmProvider;

/** The Checks of the TransNormerLLM sheet. */
public final class TransnormerLlmChecks {
    private TransnormerLlmChecks() {}

    public static List<Check> all() {
        return List.of(
                new Check("check-1: rotated form equals the direct sum", TransnormerLlmChecks::rotated),
                new Check("check-2: relative property", TransnormerLlmChecks::relative),
                new Check("check-3: parallel, chunked and recurrent agree at T = 512", TransnormerLlmChecks::forms),
                new Check("check-4: the robust recurrence is finite at T = 20000", TransnormerLlmChecks::robust),
                new Check("check-5: lambda table", TransnormerLlmChecks::table),
                new Check("check-6: theta lives in layer 0 only", TransnormerLlmChecks::theta),
                new Check("check-7: SRMSNorm has no parameters, SGLU is linear", TransnormerLlmChecks::parts),
                new Check("check-8: causality, step decode = forward", TransnormerLlmChecks::stream));
    }

    private static TransnormerLlmConfig config(int layer, int layers) {
        return new TransnormerLlmConfig(8, 2, layer, layers, Slope.PAPER, NormKind.SRMSNORM, false, 16);
    }

    private static Model model(CheckContext c, int layer) {
        return Models.build(
                "",
                new TransnormerLlmProvider(),
                config(layer, 4),
                Models.Options.of(c.draws().seed()).with(DType.F64));
    }

    private static ParamTree tree(CheckContext c) {
        return new ParamTree(c.draws(), DType.F64);
    }

    private static void rotated(CheckContext c) {
        int t = 23;
        List<Tensor> x = Forms.draw(c, DType.F64, 1, 2, t, 4, 5);
        Lrpe lrpe = Lrpe.of(tree(c).root(), 4);
        Tensor at = Ops.iota(DType.I64, t);
        double[] slopes = {0.1, 0.4};
        Tensor o = Fused.recur(lrpe.rotate(x.get(0), at), lrpe.rotate(x.get(1), at), x.get(2))
                .perHead(Slopes.decay(DType.F64, slopes))
                .chunked(8)
                .run()
                .o();
        Tensor distance = Ops.iota(DType.F64, t).unsqueeze(1).sub(Ops.iota(DType.F64, t));
        Tensor cos = Ops.cos(distance.unsqueeze(2).mul(lrpe.theta().value()));
        Tensor scores =
                x.get(0).unsqueeze(3).mul(x.get(1).unsqueeze(2)).mul(cos).sum(4);
        c.close("reads", o, scores.mul(Forms.decayMask(slopes, t)).matmul(x.get(2)), 1e-11);
    }

    private static void relative(CheckContext c) {
        Model m = model(c, 0);
        Tensors x = Tensors.of("x", c.normal64("x", 2, 15, 8));
        Tensor far = Ops.iota(DType.I64, 15).add(1000);
        Tensor y = m.forward(x, Call.eval()).get("y");
        c.close("shifted by 1000", m.forward(x, Call.eval().with(Seqs.at(far))).get("y"), y, 1e-9);
    }

    private static void forms(CheckContext c) {
        TransnormerLlmProvider p = new TransnormerLlmProvider();
        Model m = Models.build("", p, config(0, 4), Models.Options.of(c.draws().seed()));
        Tensors x = Tensors.of("x", c.normal("x", 1, 512, 8));
        Tensor first = Forms.run(m, x, new Call.Algorithm.Recurrent());
        for (Call.Algorithm a : List.of(new Call.Algorithm.Parallel(), new Call.Algorithm.Chunked(64))) {
            c.close(a.toString(), Forms.run(m, x, a), first, 1e-4);
        }
        List<Tensor> qkv = Forms.draw(c, DType.F64, 1, 2, 29, 4, 4);
        double[] slopes = TransnormerLlmProvider.slopes(config(1, 4));
        Forms.quadratic(c, qkv, r -> r.perHead(Slopes.decay(DType.F64, slopes)), Forms.decayMask(slopes, 29), 1e-11, 8);
    }

    /** Separated powers q_t lambda^t, k_s lambda^-s leave the range of F32; the recurrence does not. */
    private static void robust(CheckContext c) {
        int t = 20_000;
        List<Tensor> x = Forms.draw(c, DType.F32, 1, 1, t, 2, 2);
        double s = Math.log(2);
        for (Algorithm a : List.of(new Algorithm.Recurrent(), new Algorithm.Chunked(64))) {
            Tensor o = Fused.recur(x.get(0), x.get(1), x.get(2))
                    .perHead(Slopes.decay(DType.F32, new double[] {s}))
                    .algorithm(a)
                    .run()
                    .o();
            c.finite(a.toString(), o);
        }
        Tensor power = Ops.iota(DType.F32, t).mul(s).reshape(1, 1, t, 1);
        Tensor kv = Ops.cumsum(
                x.get(1).mul(Ops.exp(power)).unsqueeze(4).mul(x.get(2).unsqueeze(3)), 2);
        Tensor naive = x.get(0).mul(Ops.exp(power.neg())).unsqueeze(4).mul(kv).sum(3);
        c.isTrue("the naive form leaves the range", !Errors.finite(naive));
    }

    private static void table(CheckContext c) {
        TransnormerLlmConfig first = new TransnormerLlmConfig(64, 8, 0, 24, Slope.PAPER, NormKind.SRMSNORM, false, 64);
        TransnormerLlmConfig top = new TransnormerLlmConfig(64, 8, 23, 24, Slope.PAPER, NormKind.SRMSNORM, false, 64);
        c.close("h = 0", Math.exp(-TransnormerLlmProvider.slopes(first)[0]), 1, 0);
        c.close("h = 4, l = 0", Math.exp(-TransnormerLlmProvider.slopes(first)[4]), 0.0183, 1e-4);
        c.close("h = 4, l = L-1", Math.exp(-TransnormerLlmProvider.slopes(top)[4]), Math.exp(-4.0 / 24), 1e-12);
    }

    private static void theta(CheckContext c) {
        Model m = model(c, 0);
        Tensor at = m.params().param("theta").value();
        Tensors x = Tensors.of("x", c.normal64("x", 1, 9, 8));
        Tape tape = new Tape().watch(List.of(at));
        Tensor y = tape.record(() -> m.forward(x, Call.eval())
                .get("y")
                .mul(c.normal64("cot", 1, 9, 8))
                .sum());
        double g = Errors.norm(tape.gradient(y, List.of(at)).getFirst());
        c.isTrue("gradient of theta has norm " + g, g > 1e-6);
        c.isTrue("layer 1 has none", !model(c, 1).params().params().containsKey("theta"));
    }

    private static void parts(CheckContext c) {
        Model m = model(c, 1);
        c.equal(
                "parameters",
                List.copyOf(new java.util.TreeSet<>(m.params().values().names())),
                List.of("k_proj.weight", "out_proj.weight", "q_proj.weight", "u_proj.weight", "v_proj.weight"));
        Tensor x = c.normal64("x", 4, 8);
        c.close("3 x", Fused.rmsNorm(x.mul(3), 1e-6, Root.INSIDE), Fused.rmsNorm(x, 1e-6, Root.INSIDE), 1e-5);
        Sglu s = Sglu.of(tree(c).root(), 8, 12, Activation.NONE);
        // With W_u x = 1 on all x of last channel 1 only the other factor is left, which is linear.
        double[] last = new double[12 * 8];
        for (int i = 0; i < 12; i++) {
            last[i * 8 + 7] = 1;
        }
        s.l2().weight().set(Tensor.of(last, 12, 8));
        Tensor a = Ops.concat(1, c.normal64("a", 4, 7), Tensor.ones(DType.F64, 4, 1));
        Tensor b = Ops.concat(1, c.normal64("b", 4, 7), Tensor.ones(DType.F64, 4, 1));
        Tensor middle = s.apply(a.add(b).mul(0.5));
        c.close("SGLU of a mean", middle, s.apply(a).add(s.apply(b)).mul(0.5), 1e-12);
    }

    private static void stream(CheckContext c) {
        Tensors x = Tensors.of("x", c.normal64("x", 2, 19, 8));
        TransnormerLlmModelProvider p = new TransnormerLlmModelProvider();
        Models.Options o = Models.Options.of(c.draws().seed()).with(DType.F64);
        for (Model m : List.of(model(c, 0), model(c, 2), Models.build("", p, p.defaults(Size.TINY), o))) {
            Forms.causal(c, m, x, 9);
            Forms.streams(c, m, x, 1e-10);
        }
    }
}
