package org.layerzoo.plugins.diffmamba.check;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.layerzoo.core.exec.Tape;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.layer.ParamTree;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.spi.Build;
import org.layerzoo.core.spi.Check;
import org.layerzoo.core.spi.CheckContext;
import org.layerzoo.core.spi.LayerProvider;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.spi.Models;
import org.layerzoo.core.spi.Signature;
import org.layerzoo.core.spi.Size;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.linear.Forms;
import org.layerzoo.nn.ssm.Mamba2;
import org.layerzoo.plugins.diffmamba.DiffMambaConfig;
import org.layerzoo.plugins.diffmamba.DiffMambaConfig.Form;
import org.layerzoo.plugins.diffmamba.DiffMambaConfig.Lambda;
import org.layerzoo.plugins.diffmamba.DiffMambaProvider;

/** The Checks of the differential Mamba sheet. */
public final class DiffMambaChecks {
    private static final Form TWO = new Form.Mamba2(3, 2);

    private DiffMambaChecks() {}

    public static List<Check> all() {
        return List.of(
                new Check("check-1: lambda of 0 leaves the first mixer", DiffMambaChecks::firstAlone),
                new Check("check-2: equal mixers cancel but for a factor", DiffMambaChecks::equalMixers),
                new Check("check-3: lambda_init by layer", DiffMambaChecks::starts),
                new Check("check-4: step by step equals chunked and parallel, causal", DiffMambaChecks::forms),
                new Check("check-5: grouped equals two separate mixers", DiffMambaChecks::grouped),
                new Check("check-6: parameters of one mixer twice as wide", DiffMambaChecks::parameters),
                new Check("check-7: gradients reach every parameter", DiffMambaChecks::gradients),
                new Check("check-8: every second layer alternates", DiffMambaChecks::alternates));
    }

    private static Model model(CheckContext c, Lambda l, Optional<Double> start, Form f) {
        DiffMambaConfig config = new DiffMambaConfig(6, 1, 4, 4, true, false, l, Optional.of(2), start, false, f);
        return Models.build(
                "",
                new DiffMambaProvider(),
                config,
                Models.Options.of(c.draws().seed()).with(DType.F64));
    }

    private static Tensor run(Model m, Tensor x) {
        return m.forward(Tensors.of("x", x), Call.eval()).get("y");
    }

    private static Tensor alone(Model m, String mixer, Tensor x) {
        return m.layer()
                .children()
                .get(mixer)
                .forward(Tensors.of("x", x), Call.eval())
                .get("y");
    }

    private static void firstAlone(CheckContext c) {
        Model m = model(c, Lambda.SIGMOID, Optional.of(0.0), TWO);
        m.params().param("lambda_q1").set(Tensor.full(DType.F64, -800, 6));
        Tensor g = c.normal64("g", 6);
        m.params().param("subln.weight").set(g);
        Tensor x = c.normal64("x", 2, 11, 6);
        c.close("RMSNorm(Mamba_1(u))", run(m, x), Fused.rmsNorm(alone(m, "m1", x), g, 1e-5), 1e-12);
    }

    private static void equalMixers(CheckContext c) {
        Model m = model(c, Lambda.SIGMOID, Optional.empty(), TWO);
        for (String name : m.params().params().keySet()) {
            if (name.startsWith("m1.")) {
                m.params()
                        .param("m2." + name.substring(3))
                        .set(m.params().param(name).value());
            }
        }
        double start = DiffMambaConfig.start(2);
        Tensor x = c.normal64("x", 2, 11, 6);
        Tensor g = m.params().param("subln.weight").value();
        Tensor one = alone(m, "m1", x);
        double lambda =
                1 / (1 + Math.exp(-m.params().param("lambda_q1").value().sum(0).item())) + start;
        Tensor expected = Fused.rmsNorm(one.mul(1 - lambda), g, 1e-5).mul(1 - start);
        c.close("(1 - lambda_init) RMSNorm((1 - lambda) Mamba_1(u))", run(m, x), expected, 1e-10);
        Tensor free = Fused.rmsNorm(one.mul(1e4), g, 1e-5).mul((1 - start) * Math.signum(1 - lambda));
        m.params()
                .param("m1.out_proj.weight")
                .set(m.params().param("m1.out_proj.weight").value().mul(1e4));
        m.params()
                .param("m2.out_proj.weight")
                .set(m.params().param("m2.out_proj.weight").value().mul(1e4));
        c.close("of any size where eps does not count", run(m, x), free, 1e-6);
    }

    private static void starts(CheckContext c) {
        double[] paper = {0.2, 0.3555, 0.4707, 0.5561};
        for (int l = 1; l <= 4; l++) {
            c.close("layer " + l, DiffMambaConfig.start(l), paper[l - 1], 1e-4);
        }
        c.close("deep layers", DiffMambaConfig.start(60), 0.8, 1e-6);
        // lambda = exp(q1.k1) - exp(q2.k2) + lambda_init is lambda_init where both are equal.
        Model m = model(c, Lambda.EXPONENTIAL, Optional.of(0.0), TWO);
        for (String side : List.of("q", "k")) {
            m.params()
                    .param("lambda_" + side + "2")
                    .set(m.params().param("lambda_" + side + "1").value());
        }
        Tensor x = c.normal64("x", 1, 5, 6);
        Tensor g = m.params().param("subln.weight").value();
        c.close("exponential lambda", run(m, x), Fused.rmsNorm(alone(m, "m1", x), g, 1e-5), 1e-12);
    }

    private static void forms(CheckContext c) {
        Tensors x = Tensors.of("x", c.normal64("x", 2, 23, 6));
        Optional<Integer> rank = Optional.of(2);
        for (Form f : List.of(TWO, new Form.Mamba1(rank), new Form.Scans(rank))) {
            Lambda l = f instanceof Form.Mamba1 ? Lambda.EXPONENTIAL : Lambda.SIGMOID;
            Model m = model(c, l, Optional.empty(), f);
            Forms.agree(c, m, x, 1e-9, 1, 7, 64);
            Forms.causal(c, m, x, 11);
        }
    }

    private static void grouped(CheckContext c) {
        Model m = model(c, Lambda.SIGMOID, Optional.empty(), TWO);
        double start = DiffMambaConfig.start(2);
        double lambda =
                1 / (1 + Math.exp(-m.params().param("lambda_q1").value().sum(0).item())) + start;
        Tensor x = c.normal64("x", 2, 19, 6);
        Tensor difference = alone(m, "m1", x).sub(alone(m, "m2", x).mul(lambda));
        Tensor g = m.params().param("subln.weight").value();
        c.close("one scan", run(m, x), Fused.rmsNorm(difference, g, 1e-5).mul(1 - start), 1e-10);
    }

    private static void parameters(CheckContext c) {
        DiffMambaProvider p = new DiffMambaProvider();
        int d = 768;
        DiffMambaConfig config = new DiffMambaConfig(
                d,
                1,
                64,
                4,
                true,
                false,
                Lambda.SIGMOID,
                Optional.empty(),
                Optional.empty(),
                false,
                new Form.Mamba2(64, 1));
        long two = Models.build("", p, config, Models.Options.of(1)).params().count();
        ParamTree tree = new ParamTree(c.draws(), DType.F32);
        new Mamba2(tree.root(), new Mamba2.Sizes("", d, 2 * d, 64, 64, 1, 4, true, false));
        double ratio = (double) two / (tree.count() + 2 * d);
        c.isTrue("two mixers over one, " + ratio, Math.abs(ratio - 1) < 0.03);
    }

    private static void gradients(CheckContext c) {
        Model m = model(c, Lambda.SIGMOID, Optional.empty(), TWO);
        // A sum of the size of its draws would leave no slope of the sigmoid.
        m.params().param("lambda_q1").set(c.normal64("w", 6).mul(0.1));
        List<String> names = List.copyOf(m.params().params().keySet());
        List<Tensor> values =
                names.stream().map(n -> m.params().param(n).value()).toList();
        Tape tape = new Tape().watch(values);
        Tensor x = c.normal64("x", 2, 13, 6);
        Tensor y = tape.record(() -> run(m, x));
        List<Tensor> g = tape.gradient(List.of(y), List.of(c.normal64("cot", 2, 13, 6)), values);
        for (int i = 0; i < names.size(); i++) {
            c.isTrue("gradient of " + names.get(i), Ops.abs(g.get(i)).max().item() > 1e-9);
        }
        c.isTrue(
                "of lambda, both mixers and the norm",
                names.containsAll(List.of(
                        "lambda_q1",
                        "m1.A_log",
                        "m2.A_log",
                        "m1.out_proj.weight",
                        "m2.in_proj.weight",
                        "subln.weight")));
    }

    /** Four layers of a stack, one after another. */
    private static final class Stack implements LayerProvider<DiffMambaConfig> {
        private final DiffMambaProvider own = new DiffMambaProvider();

        @Override
        public Class<DiffMambaConfig> config() {
            return DiffMambaConfig.class;
        }

        @Override
        public DiffMambaConfig defaults(Size size) {
            return own.defaults(size);
        }

        @Override
        public Signature signature(DiffMambaConfig c) {
            return own.signature(c);
        }

        @Override
        public Layer build(DiffMambaConfig c, Build b) {
            List<Layer> layers = IntStream.range(0, 4)
                    .mapToObj(i -> own.build(c, b.at("layers." + i).at(i, 4)))
                    .toList();
            return (in, call) -> {
                Tensor x = in.get("x");
                for (Layer l : layers) {
                    x = l.forward(Tensors.of("x", x), call).get("y");
                }
                return Tensors.of("y", x);
            };
        }
    }

    /** Layers 2 and 4 are differential, with the lambda of their place; 1 and 3 one Mamba-2 of twice the inner width. */
    private static void alternates(CheckContext c) {
        DiffMambaConfig config = new DiffMambaConfig(
                6, 1, 4, 4, true, false, Lambda.SIGMOID, Optional.empty(), Optional.empty(), true, TWO);
        Models.Options options = Models.Options.of(c.draws().seed()).with(DType.F64);
        Model stack = Models.build("", new Stack(), config, options);
        Tensor x = c.normal64("x", 2, 9, 6);
        Tensor y = x;
        for (int i = 0; i < 4; i++) {
            Alone one = i % 2 == 0 ? plain(c) : differential(i + 1);
            String at = "layers." + i + ".";
            long count = stack.params().params().keySet().stream()
                    .filter(n -> n.startsWith(at))
                    .count();
            c.equal("parameters of layer " + (i + 1), count, (long) one.params.size());
            one.params.forEach(
                    (name, p) -> p.set(stack.params().param(at + name).value()));
            y = one.layer.forward(Tensors.of("x", y), Call.eval()).get("y");
        }
        c.close("the stack", run(stack, x), y, 1e-12);
        Model first = Models.build("", new DiffMambaProvider(), config, options);
        Forms.agree(c, first, Tensors.of("x", x), 1e-10, 4);
    }

    private record Alone(Layer layer, Map<String, Param> params) {}

    private static Alone plain(CheckContext c) {
        ParamTree own = new ParamTree(c.draws(), DType.F64);
        Layer layer = new Mamba2(own.root(), new Mamba2.Sizes("", 6, 12, 3, 4, 2, 4, true, false));
        return new Alone(layer, own.params());
    }

    /** The differential layer of a place, counted from 1. */
    private static Alone differential(int place) {
        DiffMambaConfig config = new DiffMambaConfig(
                6, 1, 4, 4, true, false, Lambda.SIGMOID, Optional.of(place), Optional.empty(), false, TWO);
        Model m = Models.build(
                "", new DiffMambaProvider(), config, Models.Options.of(1).with(DType.F64));
        return new Alone(m.layer(), m.params().params());
    }
}
