package org.layerzoo.plugins.mamba360.check;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.spi.Check;
import org.layerzoo.core.spi.CheckContext;
import org.layerzoo.core.spi.CollectionProvider;
import org.layerzoo.core.spi.LayerProvider;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.spi.Models;
import org.layerzoo.core.spi.Size;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.ssm.Bidirectional;
import org.layerzoo.nn.ssm.DiagonalBank;
import org.layerzoo.nn.ssm.DiagonalSystem;
import org.layerzoo.nn.ssm.SsmLayer;
import org.layerzoo.nn.ssm.StateSpace;
import org.layerzoo.plugins.mamba360.LruProvider;
import org.layerzoo.plugins.mamba360.Mamba360Provider;
import org.layerzoo.plugins.mamba360.S4dProvider;
import org.layerzoo.plugins.mamba360.S5Provider;
import org.layerzoo.plugins.mamba360.S6Provider;

/** The Checks of the Mamba-360 sheet. */
public final class Mamba360Checks {
    private static final List<LayerProvider<?>> INVARIANT =
            List.of(new S4dProvider(), new S5Provider(), new LruProvider());

    /** The members of the sheet's three paradigms. */
    private static final String SURVEYED =
            "HiPPO-LegT HiPPO-LegS LSSL S4 S4ND DSS S4D S5 Liquid-S4 SGConv MultiresNet H3 Hyena"
                    + " BiGS GSS TNN Mega Mamba Mamba-2 LRU RWKV RetNet HGRN GateLoop xLSTM";

    private Mamba360Checks() {}

    public static List<Check> all() {
        return List.of(
                new Check("check-1: convolution equals scan equals step", Mamba360Checks::forms),
                new Check("check-2: kernel of an input-dependent member refuses", Mamba360Checks::refusal),
                new Check("check-3: LRU states have unit variance", Mamba360Checks::unitVariance),
                new Check("check-4: descriptor table complete, one paradigm each", Mamba360Checks::descriptors),
                new Check("check-5: all |Abar| < 1 at init", Mamba360Checks::stableAtInit),
                new Check("check-6: block S5 equals a bank of S4D", Mamba360Checks::blockSystem),
                new Check("check-7: shared bidirectional wrapper is reversal equivariant", Mamba360Checks::reversal));
    }

    private static <C extends Record> Model model(LayerProvider<C> p, Size size, CheckContext c) {
        return Models.build(
                "mamba-360/" + p.name(),
                p,
                p.defaults(size),
                Models.Options.of(c.draws().seed()));
    }

    private static SsmLayer layer(LayerProvider<?> p, Size size, CheckContext c) {
        return (SsmLayer) model(p, size, c).layer();
    }

    private static int dim(LayerProvider<?> p, CheckContext c) {
        return model(p, Size.TINY, c).params().param("D").spec().shape().dim(0);
    }

    private static void forms(CheckContext c) {
        for (LayerProvider<?> p : INVARIANT) {
            StateSpace s = layer(p, Size.TINY, c).model().get();
            for (int t : new int[] {1, 7, 40}) {
                Tensor u = c.normal("u" + t, 2, t, dim(p, c));
                StateSpace.Run scan = s.scan(u, s.start(2, DType.F32));
                c.close(p.name() + ": convolution of " + t, s.convolve(u), scan.y(), 1e-4);
                Tensor state = s.start(2, DType.F32);
                List<Tensor> y = new ArrayList<>();
                for (int i = 0; i < t; i++) {
                    StateSpace.Run r = s.step(u.select(1, i), state);
                    y.add(r.y().unsqueeze(1));
                    state = r.state();
                }
                c.close(p.name() + ": " + t + " steps", Ops.concat(1, y), scan.y(), 1e-4);
                c.close(p.name() + ": state after " + t + " steps", state, scan.state(), 1e-4);
            }
            kernelSum(c, p.name(), s, dim(p, c));
        }
        grid(c);
    }

    /** S4ND: the outer product of kernels equals a scan along each row, then one along each column. */
    private static void grid(CheckContext c) {
        int d = 2;
        DiagonalBank[] banks = new DiagonalBank[2];
        for (int i = 0; i < 2; i++) {
            Tensor lambda = org.layerzoo.core.op.Complex.of(
                    Ops.exp(c.normal64("re" + i, d, 3)).neg(), c.normal64("im" + i, d, 3));
            Tensor dt = Ops.exp(c.normal64("dt" + i, d)).mul(0.1);
            Tensor none = Tensor.zeros(DType.F64, d);
            banks[i] = DiagonalBank.zeroOrderHold(lambda, dt, c.normal64("c" + i, d, 3, 2), none);
        }
        Tensor x = c.normal64("map", 2, 5, 7, d);
        Tensor across = scanned(banks[1], x);
        Tensor y = scanned(banks[0], across.permute(0, 2, 1, 3)).permute(0, 2, 1, 3);
        c.close("s4nd: convolution of a map", DiagonalBank.outer(banks[0], banks[1], x), y, 1e-4);
    }

    /** Along the second last axis of x [B, n, L, D]. */
    private static Tensor scanned(DiagonalBank bank, Tensor x) {
        int rows = x.dim(0) * x.dim(1);
        Tensor lines = x.reshape(rows, x.dim(2), x.dim(3));
        return bank.scan(lines, bank.start(rows, DType.F64)).y().reshape(x.shape());
    }

    /** The output at a token whose own input is zero, which holds no direct term, is the plain sum over the kernel. */
    private static void kernelSum(CheckContext c, String name, StateSpace s, int d) {
        int t = 12;
        Tensor u = c.normal("ku", 1, t, d);
        Tensor k = s.kernel(t);
        Tensor direct = s.scan(u, s.start(1, DType.F32)).y();
        Tensor delayed = s.scan(Ops.padZero(u.slice(1, 0, t - 1), 1, 1, 0), s.start(1, DType.F32))
                .y();
        Tensor silent = Ops.concat(1, u.slice(1, 0, t - 1), Tensor.zeros(DType.F32, 1, 1, d));
        Tensor last = s.scan(silent, s.start(1, DType.F32)).y().select(1, -1);
        double[] y = new double[d];
        for (int o = 0; o < d; o++) {
            for (int i = 0; i < d; i++) {
                for (int l = 1; l < t; l++) {
                    double tap = k.rank() == 3 ? k.get(o, i, l) : o == i ? k.get(o, l) : 0;
                    y[o] += tap * silent.get(0, t - 1 - l, i);
                }
            }
        }
        c.close(name + ": sum over the kernel", last, Tensor.of(DType.F64, y, 1, d), 1e-4);
        c.close(
                name + ": a delay of the input delays the output",
                delayed.slice(1, 1, t),
                direct.slice(1, 0, t - 1),
                1e-4);
    }

    private static void refusal(CheckContext c) {
        SsmLayer s6 = layer(new S6Provider(), Size.TINY, c);
        Tensor u = c.normal(
                "u",
                1,
                5,
                model(new S6Provider(), Size.TINY, c)
                        .params()
                        .param("A_log")
                        .spec()
                        .shape()
                        .dim(0));
        c.refuses("kernel", "time invariant", () -> s6.model().get().kernel(8));
        c.refuses("convolution", "time invariant", () -> s6.model().get().convolve(u));
        c.refuses(
                "parallel form of the layer",
                "time invariant",
                () -> s6.forward(Tensors.of("x", u), Call.eval().with(new Call.Algorithm.Parallel())));
        c.finite("its scan", s6.forward(Tensors.of("x", u), Call.eval()).get("y"));
    }

    /** Rows of B of unit norm. Exactly, by the impulse response of each state; and sampled, over white noise. */
    private static void unitVariance(CheckContext c) {
        int d = 3;
        double[] radii = {0.9, 0.95, 0.99, 0.999};
        int n = radii.length;
        Tensor nu = Tensor.of(
                DType.F64,
                java.util.Arrays.stream(radii).map(r -> Math.log(-Math.log(r))).toArray(),
                n);
        Tensor theta = Ops.log(
                c.draws().uniform("theta", DType.F64, n).mul(2 * Math.PI).add(1e-3));
        Tensor raw = c.normal64("b", n, d, 2);
        Tensor b = raw.div(Ops.sqrt(Ops.square(raw).sumKeep(1, 2)));
        DiagonalSystem lru = lru(nu, theta, b, DType.F64);
        // Variance under white noise is the energy of the response to an impulse in each of the inputs.
        int t = 2048;
        Tensor impulses =
                Ops.padZero(Ops.oneHot(Ops.iota(DType.I64, d), d, DType.F64).unsqueeze(1), 1, 0, t - 1);
        double[] energy = Ops.square(lru.states(impulses, lru.start(d, DType.F64)))
                .sum(0, 1, 3)
                .toDoubles();
        for (int i = 0; i < n; i++) {
            c.close("variance of the state at |lambda| = " + radii[i], energy[i], 1, 0.1);
        }
        // The slowest state needs too long to settle for a sample of useful size; its energy above is exact.
        int from = 300;
        DiagonalSystem single = lru(nu, theta, b, DType.F32);
        Tensor noise = c.normal("noise", 48, from + 150, d);
        double pooled = Ops.square(single.states(noise, single.start(48, DType.F32))
                        .slice(1, from, from + 150)
                        .slice(2, 0, n - 1))
                .sum(3)
                .mean(0, 1, 2)
                .item();
        c.close("sampled variance under white noise", pooled, 1, 0.1);
    }

    /** With outputs of no interest. */
    private static DiagonalSystem lru(Tensor nu, Tensor theta, Tensor b, DType dtype) {
        Tensor out = Tensor.ones(dtype, b.dim(1), b.dim(0), 2);
        return DiagonalSystem.lru(nu.cast(dtype), theta.cast(dtype), b.cast(dtype), out, Tensor.ones(dtype, b.dim(1)));
    }

    private static void descriptors(CheckContext c) {
        Mamba360Provider p = new Mamba360Provider();
        Set<String> names = new HashSet<>();
        Map<String, List<String>> axes = p.taxonomy().axes();
        c.equal("paradigms", axes.get("paradigm"), List.of("structural", "gating", "recurrent"));
        for (CollectionProvider.Member m : p.members()) {
            c.isTrue(m.name() + " is listed once", names.add(m.name()));
            c.equal("axes of " + m.name(), m.tags().keySet(), axes.keySet());
            m.tags()
                    .forEach((axis, value) -> c.isTrue(
                            m.name() + ": " + axis + " " + value + " is none of " + axes.get(axis),
                            axes.get(axis).contains(value)));
            c.isTrue(
                    m.name() + " declares time and state",
                    !m.orders().getOrDefault("time", "").isBlank()
                            && !m.orders().getOrDefault("state", "").isBlank());
        }
        for (String paradigm : axes.get("paradigm")) {
            c.isTrue(
                    "members of " + paradigm,
                    p.members().stream()
                                    .filter(m -> m.tags().get("paradigm").equals(paradigm))
                                    .count()
                            >= 5);
        }
        for (String application : axes.get("application")) {
            c.isTrue("a representative of " + application, p.members().stream().anyMatch(m -> m.tags()
                    .get("application")
                    .equals(application)));
        }
        Set<String> named = Set.of(SURVEYED.split(" "));
        c.isTrue("every member that the survey names", names.containsAll(named));
    }

    private static void stableAtInit(CheckContext c) {
        List<LayerProvider<?>> all = new ArrayList<>(INVARIANT);
        all.add(new S6Provider());
        for (LayerProvider<?> p : all) {
            StateSpace s = layer(p, Size.TEST, c).model().get();
            int d = model(p, Size.TEST, c).config() instanceof org.layerzoo.plugins.mamba360.LruConfig l
                    ? l.dim()
                    : ((org.layerzoo.plugins.mamba360.SsmConfig)
                                    model(p, Size.TEST, c).config())
                            .dim();
            for (double r : s.radii(c.normal("u", 1, 16, d)).toDoubles()) {
                c.isTrue(p.name() + ": |Abar| = " + r + " is below 1", r >= 0 && r < 1);
            }
        }
    }

    /** States d N .. d N + N - 1 read channel d alone and are read by it alone. */
    private static void blockSystem(CheckContext c) {
        int d = 3;
        int n = 4;
        Tensor lambda = org.layerzoo.core.op.Complex.of(
                Ops.exp(c.normal64("re", d, n)).neg(), c.normal64("im", d, n).mul(3));
        Tensor dt = Ops.exp(c.normal64("dt", d)).mul(0.1);
        Tensor out = c.normal64("c", d, n, 2);
        Tensor skip = c.normal64("skip", d);
        double[] b = new double[d * n * d * 2];
        double[] cc = new double[d * d * n * 2];
        for (int h = 0; h < d; h++) {
            for (int j = 0; j < n; j++) {
                b[((h * n + j) * d + h) * 2] = 1;
                for (int part = 0; part < 2; part++) {
                    cc[(h * d * n + h * n + j) * 2 + part] = out.get(h, j, part);
                }
            }
        }
        Tensor steps = dt.unsqueeze(1).expand(d, n).reshape(d * n);
        DiagonalSystem s5 = DiagonalSystem.s5(
                lambda.reshape(d * n, 2),
                steps,
                Tensor.of(DType.F64, b, d * n, d, 2),
                Tensor.of(DType.F64, cc, d, d * n, 2),
                skip);
        DiagonalBank bank = DiagonalBank.zeroOrderHold(lambda, dt, out, skip);
        Tensor u = c.normal64("u", 2, 40, d);
        c.close(
                "outputs",
                s5.scan(u, s5.start(2, DType.F64)).y(),
                bank.scan(u, bank.start(2, DType.F64)).y(),
                1e-10);
        c.close(
                "kernels",
                s5.kernel(20).select(1, 1).select(0, 1),
                bank.kernel(20).select(0, 1),
                1e-10);
    }

    private static void reversal(CheckContext c) {
        List<LayerProvider<?>> all = new ArrayList<>(INVARIANT);
        all.add(new S6Provider());
        for (LayerProvider<?> p : all) {
            Bidirectional both = Bidirectional.shared(layer(p, Size.TINY, c));
            Tensor x = c.normal("x", 2, 19, dim(INVARIANT.getFirst(), c));
            Tensor y = both.forward(Tensors.of("x", x), Call.eval()).get("y");
            Tensor reversed =
                    both.forward(Tensors.of("x", Ops.flip(x, 1)), Call.eval()).get("y");
            c.close(p.name() + ": reversed input", reversed, Ops.flip(y, 1), 1e-5);
            Tensor causal = layer(p, Size.TINY, c)
                    .forward(Tensors.of("x", x), Call.eval())
                    .get("y");
            c.isTrue(
                    p.name() + ": both directions differ from one",
                    org.layerzoo.core.op.Errors.relative(causal, y) > 1e-2);
        }
    }
}
