package org.layerzoo.plugins.mimeticinitssm.check;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import org.layerzoo.core.exec.Tape;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Init;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.layer.ParamTree;
import org.layerzoo.core.layer.Taps;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.spi.Check;
import org.layerzoo.core.spi.CheckContext;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.spi.Models;
import org.layerzoo.core.spi.RunContext;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.linear.Forms;
import org.layerzoo.plugins.mimeticinitssm.MimeticConfig;
import org.layerzoo.plugins.mimeticinitssm.MimeticLayerConfig;
import org.layerzoo.plugins.mimeticinitssm.MimeticLayerProvider;
import org.layerzoo.plugins.mimeticinitssm.MimeticProvider;
import org.layerzoo.train.optim.AdamW;

/** The Checks of the sheet of mimetic initialisation. */
public final class MimeticChecks {
    private static final List<Optional<Integer>> HOSTS = List.of(Optional.empty(), Optional.of(8));

    private MimeticChecks() {}

    public static List<Check> all() {
        return List.of(
                new Check("check-1: the map equals causal linear attention", MimeticChecks::attention),
                new Check("check-2: decay product over 128 tokens", MimeticChecks::decays),
                new Check("check-3: steps of 1 that no token moves", MimeticChecks::steps),
                new Check("check-4: equal tokens attend to one another", MimeticChecks::recall),
                new Check("check-5: tied at the start, apart after a step", MimeticChecks::tied),
                new Check("check-6: the convolution passes its input", MimeticChecks::convolution),
                new Check("check-7: no shape, count or name of the host changes", MimeticChecks::sameParameters),
                new Check("check-8: sequential equals chunked equals streaming", MimeticChecks::forms),
                new Check("check-9: chosen layers and single interventions", MimeticChecks::chosen));
    }

    private static MimeticLayerConfig config(Optional<Integer> headDim, int states, boolean bias, MimeticConfig init) {
        return new MimeticLayerConfig(16, 2, states, 4, headDim, bias, init);
    }

    private static Model model(MimeticLayerConfig config, long seed, DType dtype) {
        return Models.build(
                "", new MimeticLayerProvider(), config, Models.Options.of(seed).with(dtype));
    }

    private static void attention(CheckContext c) {
        Tensor all = c.normal64("x", 1, 128, 16);
        for (Optional<Integer> host : HOSTS) {
            for (double a : new double[] {1e-6, 1e-3}) {
                int t = a < 1e-3 ? 128 : 32;
                Tensor x = all.slice(1, 0, t);
                Model m = model(
                        config(host, 4, true, MimeticConfig.all().withA(a)),
                        c.draws().seed(),
                        DType.F64);
                Inside inside = Inside.of(m, x);
                Tensor map = inside.map(1);
                Tensor expected = inside.attention(1);
                Tensor off = Ops.abs(map.sub(expected));
                double bound = -Math.expm1(-a * t);
                c.isTrue(
                        host + ": every entry within 1 - exp(-a T) of a = " + a,
                        off.sub(Ops.abs(expected).mul(bound)).max().item() < 1e-12);
                c.close(host + ": the map of a = " + a, map, expected, Math.max(1e-3, bound));
            }
        }
        bare(c, all.slice(1, 0, 48));
    }

    /** The layer itself with the gate open, silu(z) = 1, and without its skip. */
    private static void bare(CheckContext c, Tensor x) {
        Model m = model(
                config(Optional.empty(), 4, true, MimeticConfig.all().withA(1e-6)),
                c.draws().seed(),
                DType.F64);
        int e = 32;
        Param w = m.params().param("in_proj.weight");
        w.set(Ops.concat(0, w.value().slice(0, 0, e), Tensor.zeros(DType.F64, e, 16)));
        Param b = m.params().param("in_proj.bias");
        b.set(Ops.concat(0, b.value().slice(0, 0, e), Tensor.full(DType.F64, open(), e)));
        m.params().param("D").set(Tensor.zeros(DType.F64, e));
        Taps.Recorder taps = Taps.recording("scan.y");
        m.forward(Tensors.of("x", x), Call.eval().with(taps));
        Inside inside = Inside.of(m, x);
        Tensor expected = inside.attention(0).unsqueeze(0).matmul(inside.u());
        c.close("what the bare layer reads", taps.seen().get("scan.y"), expected, 1e-3);
    }

    /** z with silu(z) = 1. */
    private static double open() {
        double z = 1;
        for (int i = 0; i < 50; i++) {
            z = 1 + Math.exp(-z);
        }
        return z;
    }

    private static double product(Inside in, int channel, int state) {
        double rate = in.a().rank() == 1 ? in.a().get(channel) : in.a().get(channel, state);
        return Math.exp(rate * in.delta().select(2, channel).sum().item());
    }

    private static void decays(CheckContext c) {
        Tensor x = c.normal64("x", 1, 128, 16);
        for (double a : new double[] {1e-2, 1e-4}) {
            for (Optional<Integer> host : HOSTS) {
                Inside in = Inside.of(
                        model(
                                config(host, 16, false, MimeticConfig.all().withA(a)),
                                c.draws().seed(),
                                DType.F64),
                        x);
                double p = product(in, 0, 15);
                c.isTrue("of a = " + a + " given " + p, p >= 1 - 128 * a && p < 1);
            }
        }
        Inside plain = Inside.of(
                model(
                        config(Optional.empty(), 16, false, MimeticConfig.none()),
                        c.draws().seed(),
                        DType.F64),
                x);
        double[] fastest = new double[32];
        for (int e = 0; e < fastest.length; e++) {
            fastest[e] = product(plain, e, 15);
        }
        Arrays.sort(fastest);
        c.isTrue("median of the fastest states as Mamba starts: " + fastest[16], fastest[16] < 1e-3);
    }

    private static void steps(CheckContext c) {
        for (Optional<Integer> host : HOSTS) {
            Model m =
                    model(config(host, 4, true, MimeticConfig.all()), c.draws().seed(), DType.F64);
            Tensor bias = Inside.value(m, host.isPresent() ? "dt_bias" : "dt_proj.bias");
            Tensor one = Ops.onesLike(bias);
            c.isTrue("softplus(b_D)", Ops.abs(Ops.softplus(bias).sub(one)).max().item() < 1e-6);
            Tensor delta = Inside.of(m, c.normal64("x", 1, 9, 16)).delta();
            c.same(
                    "what tokens add",
                    delta,
                    Ops.softplus(bias.expand(delta.shape().dims())));
        }
    }

    /** A token of the row comes again at its end; who attends most to it there, itself apart? */
    private static void recall(CheckContext c) {
        int seeds = 20;
        int found = hits(c, MimeticConfig.all(), seeds);
        c.isTrue("found " + found + " of " + seeds, found >= 0.95 * seeds);
        int chance = hits(c, MimeticConfig.none(), seeds / 2);
        c.isTrue("as Mamba starts at chance, 1 of 23, given " + chance + " of " + seeds / 2, chance <= 3);
    }

    private static int hits(CheckContext c, MimeticConfig init, int seeds) {
        int t = 24;
        int found = 0;
        for (int s = 0; s < seeds; s++) {
            CheckContext own = new CheckContext(c.draws().step(s));
            int j = (int) own.draws().integers("where", 4, t - 8, 1).get(0);
            Tensor x = own.normal("x", 1, t - 1, 64);
            Tensor twice = Ops.concat(1, x, x.slice(1, j, j + 1));
            Model m = model(
                    new MimeticLayerConfig(64, 1, 32, 4, Optional.empty(), false, init),
                    own.draws().seed(),
                    DType.F32);
            Tensor row = Inside.of(m, twice).map(0).slice(0, t - 1, t).slice(1, 0, t - 1);
            found += Ops.argMax(row, 1).get(0) == j ? 1 : 0;
        }
        return found;
    }

    private static void tied(CheckContext c) {
        for (Optional<Integer> host : HOSTS) {
            Model m =
                    model(config(host, 4, false, MimeticConfig.all()), c.draws().seed(), DType.F32);
            Param p = m.params().param(host.isPresent() ? "in_proj.weight" : "x_proj.weight");
            int before = host.isPresent() ? 64 : 1;
            c.same("at the start", rows(p, before), rows(p, before + 4));
            List<Param> params = m.params().trainable();
            List<Tensor> at = params.stream().map(Param::value).toList();
            Tensors x = Tensors.of("x", c.normal("x", 2, 12, 16));
            Tape tape = new Tape().watch(at);
            Tensor loss = tape.record(
                    () -> Ops.square(m.forward(x, Call.eval()).get("y")).mean());
            new AdamW(params, 0, 0.9, 0.999, 1e-8).step(tape.gradient(loss, at), 1, 1e-3);
            c.isTrue(
                    "apart after a step",
                    Ops.abs(rows(p, before).sub(rows(p, before + 4))).max().item() > 1e-4);
        }
    }

    private static Tensor rows(Param p, int from) {
        return p.value().slice(0, from, from + 4);
    }

    private static void convolution(CheckContext c) {
        for (Optional<Integer> host : HOSTS) {
            Model m =
                    model(config(host, 4, false, MimeticConfig.all()), c.draws().seed(), DType.F32);
            Tensor x = c.normal("x", 2, 11, Inside.value(m, "conv1d.weight").dim(0));
            c.same("behind it", Inside.conv(m, x), x);
        }
    }

    private static void sameParameters(CheckContext c) {
        for (Optional<Integer> host : HOSTS) {
            Model plain = model(config(host, 4, true, MimeticConfig.none()), 7, DType.F32);
            Model mimetic = model(config(host, 4, true, MimeticConfig.all()), 7, DType.F32);
            c.equal("parameters", described(mimetic), described(plain));
            String before = described(plain);
            Tensors own = plain.params().values();
            Model done = new MimeticProvider()
                    .create(MimeticConfig.all(), Map.of("subject", plain), Optional.empty(), RunContext.quiet(3))
                    .finished();
            c.equal("after the recipe", described(done), before);
            for (String kept : List.of("out_proj.weight", "D")) {
                c.same(kept + " stands", Inside.value(done, kept), own.get(kept));
            }
            for (String set : List.of("A_log", "conv1d.weight", host.isPresent() ? "dt_bias" : "dt_proj.bias")) {
                c.same(set + " as in the layer", Inside.value(done, set), Inside.value(mimetic, set));
            }
        }
    }

    private static String described(Model m) {
        return m.params().count() + " " + m.params().params().values();
    }

    private static void forms(CheckContext c) {
        for (Optional<Integer> host : HOSTS) {
            Model m =
                    model(config(host, 4, true, MimeticConfig.all()), c.draws().seed(), DType.F64);
            Tensors x = Tensors.of("x", c.normal64("tokens", 2, 16, 16));
            Forms.agree(c, m, x, 1e-10, 7);
            Forms.causal(c, m, x, 11);
        }
    }

    private static void chosen(CheckContext c) {
        MimeticConfig all = MimeticConfig.all();
        MimeticConfig second =
                new MimeticConfig(true, 1e-3, true, 0, true, 1, MimeticConfig.Conv.AFTER_FIRST, 1, List.of(1));
        Model plain = model(config(Optional.empty(), 4, false, MimeticConfig.none()), 7, DType.F32);
        Model first = model(config(Optional.empty(), 4, false, second), 7, DType.F32);
        plain.params().params().keySet().forEach(n -> c.same(n, Inside.value(first, n), Inside.value(plain, n)));
        List<List<String>> sets = List.of(
                List.of("A_log"),
                List.of("dt_proj.weight", "dt_proj.bias"),
                List.of("x_proj.weight"),
                List.of("conv1d.weight", "conv1d.bias"));
        for (int i = 0; i < 4; i++) {
            MimeticConfig one = new MimeticConfig(
                    i == 0,
                    all.a(),
                    i == 1,
                    0,
                    i == 2,
                    1,
                    i == 3 ? MimeticConfig.Conv.ALL : MimeticConfig.Conv.NONE,
                    1,
                    List.of());
            Model m = model(config(Optional.empty(), 4, false, one), 7, DType.F32);
            List<String> moved = new ArrayList<>();
            plain.params().params().keySet().stream()
                    .filter(n -> Ops.abs(Inside.value(m, n).sub(Inside.value(plain, n)))
                                    .max()
                                    .item()
                            > 0)
                    .forEach(moved::add);
            c.equal("moved by intervention " + (i + 1), new TreeSet<>(moved), new TreeSet<>(sets.get(i)));
        }
        refusals(c, plain);
    }

    private static void refusals(CheckContext c, Model plain) {
        ParamTree tree = new ParamTree(c.draws(), DType.F32);
        tree.root().weight("A_log", Init.zeros(), 4);
        Model none = new Model("", plain.layer(), tree, plain.signature(), plain.config());
        MimeticConfig third = new MimeticConfig(true, 1e-3, true, 0, true, 1, MimeticConfig.Conv.ALL, 1, List.of(2));
        c.refuses("a layer that the subject doesn't have", "layers below 1", () -> new MimeticProvider()
                .create(third, Map.of("subject", plain), Optional.empty(), RunContext.quiet(3)));
        c.refuses("a subject without such layers", "Mamba or Mamba-2", () -> new MimeticProvider()
                .create(MimeticConfig.all(), Map.of("subject", none), Optional.empty(), RunContext.quiet(3)));
    }
}
