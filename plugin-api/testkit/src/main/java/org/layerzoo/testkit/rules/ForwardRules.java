package org.layerzoo.testkit.rules;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.layerzoo.core.exec.Exec;
import org.layerzoo.core.exec.Reference;
import org.layerzoo.core.exec.ShapesOnly;
import org.layerzoo.core.layer.Aux;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Site;
import org.layerzoo.core.layer.Taps;
import org.layerzoo.core.op.Errors;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.spi.Port;
import org.layerzoo.core.spi.PortRole;
import org.layerzoo.core.spi.Signature;
import org.layerzoo.core.spi.Size;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Memory;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorScope;
import org.layerzoo.core.tensor.Tensors;

/** What holds of one forward: shapes, determinism, agreement with the reference, memory, batch, taps. */
final class ForwardRules<C extends Record> {
    private final LayerSubject<C> s;

    ForwardRules(LayerSubject<C> s) {
        this.s = s;
    }

    List<Rules.Named> rules() {
        return List.of(
                new Rules.Named("shapes", this::shapes),
                new Rules.Named("determinism", this::determinism),
                new Rules.Named("agreement with the reference", this::reference),
                new Rules.Named("no unwritten memory", this::poison),
                new Rules.Named("no leak", this::leak),
                new Rules.Named("batch invariance", this::batch),
                new Rules.Named("taps", this::taps),
                new Rules.Named("auxiliary outputs", this::auxiliary));
    }

    private String shapes() {
        int seen = 0;
        for (Size size : List.of(Size.TINY, Size.TEST)) {
            for (int length : s.lengths()) {
                Model m = s.model(size, length, DType.F32);
                Tensors in = s.example(s.config(size, length), 2, length, DType.F32);
                Tensors out = s.run(m, in);
                Map<String, Integer> axes = new HashMap<>();
                m.signature().in().forEach(p -> in.find(p.name()).ifPresent(t -> bind(p, t, axes)));
                for (Port p : m.signature().out()) {
                    if (p.role() == PortRole.REQUIRED) {
                        bind(p, out.get(p.name()), axes);
                    }
                }
                Expect.isTrue(
                        out.names().stream()
                                .allMatch(n -> m.signature().output(n).isPresent()),
                        "undeclared outputs: given " + out.names() + ", declared "
                                + m.signature().out().stream().map(Port::name).toList());
                Tensors shapesOnly = Exec.with(
                        ShapesOnly.INSTANCE, () -> m.forward(in.map(t -> Tensor.abstractOf(t.spec())), s.call()));
                out.names()
                        .forEach(n -> Expect.isTrue(
                                shapesOnly.get(n).spec().equals(out.get(n).spec()),
                                "shapes-only run gives " + shapesOnly.get(n).spec() + " for " + n + ", the real one "
                                        + out.get(n).spec()));
                out.names()
                        .forEach(n -> Expect.isTrue(
                                !out.get(n).dtype().isFloating() || Errors.finite(out.get(n)) || hasSentinels(n),
                                n + " holds NaN or infinity at length " + length));
                seen++;
            }
        }
        return seen + " sizes and lengths";
    }

    /** Log-sum-exp of an empty row is minus infinity by definition. */
    private static boolean hasSentinels(String port) {
        return port.equals("lse");
    }

    private static void bind(Port p, Tensor t, Map<String, Integer> axes) {
        String[] names = p.axisNames();
        Expect.isTrue(
                t.rank() == names.length,
                "port " + p.name() + " is declared as [" + p.axes() + "], given " + t.shape());
        for (int i = 0; i < names.length; i++) {
            if (!names[i].matches("[A-Za-z][A-Za-z0-9]*")) {
                continue;
            }
            Integer before = axes.putIfAbsent(names[i], t.dim(i));
            Expect.isTrue(
                    before == null || before == t.dim(i),
                    "axis " + names[i] + " is " + before + " elsewhere and " + t.dim(i) + " in " + p.name() + " "
                            + t.shape());
        }
        Expect.isTrue(
                p.dtype() == t.dtype() || (p.dtype() == DType.F32 && t.dtype().isFloating()),
                "port " + p.name() + " is declared " + p.dtype() + ", given " + t.dtype());
    }

    private String determinism() {
        Model m = s.perturbed(Size.TINY, s.length(), DType.F32);
        Tensors in = s.example(2, s.length(), DType.F32);
        Expect.sameBits("two runs of one model", s.run(m, in), s.run(m, in));
        Model again = s.perturbed(Size.TINY, s.length(), DType.F32);
        Expect.sameBits("two models of one seed", s.run(again, in), s.run(m, in));
        return "equal bits";
    }

    private String reference() {
        double worst = 0;
        for (var e : errors().entrySet()) {
            Expect.isTrue(
                    e.getValue() <= Expect.F32,
                    "against the float64 reference, " + e.getKey() + ": relative error " + e.getValue() + " above "
                            + Expect.F32);
            worst = Math.max(worst, e.getValue());
        }
        return "relative error " + worst;
    }

    /** Relative error of each output in F32 against the float64 reference; infinite where shapes or integers differ. */
    Map<String, Double> errors() {
        Model m = s.perturbed(Size.TINY, s.length(), DType.F32);
        Tensors in = s.example(2, s.length(), DType.F32);
        Tensors fast = s.run(m, in);
        Model truth = s.model(Size.TINY, s.length(), DType.F64);
        truth.params().load(m.params().values().map(t -> t.dtype().isFloating() ? t.cast(DType.F64) : t), true);
        Tensors in64 = in.map(t -> t.dtype() == DType.F32 ? t.cast(DType.F64) : t);
        Tensors exact = Exec.with(Reference.INSTANCE, () -> truth.forward(in64, s.call()));
        Map<String, Double> out = new LinkedHashMap<>();
        for (String n : fast.names()) {
            if (!hasSentinels(n)) {
                out.put(n, Expect.error(fast.get(n), exact.get(n)));
            }
        }
        return out;
    }

    private String poison() {
        Model m = s.perturbed(Size.TINY, s.length(), DType.F32);
        Tensors in = s.example(2, s.length(), DType.F32);
        Tensors clean = s.run(m, in);
        Memory.poison(true);
        try {
            Tensors poisoned = TensorScope.use(() -> s.run(m, in));
            Expect.sameBits("with fresh memory full of NaN", poisoned, clean);
        } finally {
            Memory.poison(false);
        }
        return "equal bits";
    }

    private String leak() {
        Model m = s.model(Size.TINY, s.length(), DType.F32);
        Tensors in = s.example(2, s.length(), DType.F32);
        TensorScope.run(() -> s.run(m, in));
        long before = TensorScope.blocksKept();
        for (int i = 0; i < 3; i++) {
            TensorScope.run(() -> s.run(m, in));
        }
        long kept = TensorScope.blocksKept() - before;
        Expect.isTrue(kept == 0, "three forwards kept " + kept + " blocks of memory beyond their scope");
        return "nothing kept";
    }

    private String batch() {
        Model m = s.perturbed(Size.TINY, s.length(), DType.F32);
        Tensors in = s.example(2, s.length(), DType.F32);
        Signature sig = m.signature();
        if (sig.contract().batchCoupled()) {
            return "declared as coupled";
        }
        Tensors both = s.run(m, in);
        double worst = 0;
        for (int b = 0; b < 2; b++) {
            Tensors one = s.run(m, s.row(sig, in, b, true));
            for (String n : one.names()) {
                if (!hasSentinels(n)) {
                    worst = Math.max(
                            worst,
                            Expect.close(
                                    "row " + b + " alone and in a batch of two, " + n,
                                    one.get(n),
                                    s.row(sig, both, b, false).get(n),
                                    Expect.F32));
                }
            }
        }
        return "relative error " + worst;
    }

    private String taps() {
        Model m = s.perturbed(Size.TINY, s.length(), DType.F32);
        Tensors in = s.example(2, s.length(), DType.F32);
        Tensors plain = s.run(m, in);
        Expect.sameBits(
                "with taps that want nothing", s.run(m, in, s.call().with(Taps.recording("no such site"))), plain);
        List<Site> sites = m.layer().sites();
        for (Site site : sites) {
            Taps.Recorder r = Taps.recording(site.name());
            Tensors tapped = s.run(m, in, s.call().with(r));
            Expect.isTrue(r.seen().containsKey(site.name()), "declared site '" + site.name() + "' is never reached");
            int rank = site.axes().isBlank() ? 0 : site.axes().split("\\s+").length;
            Expect.isTrue(
                    r.seen().get(site.name()).rank() == rank,
                    "site '" + site.name() + "' is declared [" + site.axes() + "], given "
                            + r.seen().get(site.name()).shape());
            Expect.close("with site '" + site.name() + "' recorded", tapped, plain, Expect.F32);
            Tensors silenced = s.run(m, in, s.call().with(Taps.replacing(Map.of(site.name(), t -> t.mul(0)))));
            Expect.isTrue(
                    silenced.names().stream().anyMatch(n -> !Errors.sameBits(silenced.get(n), plain.get(n))),
                    "replacing site '" + site.name() + "' by zeros changes nothing");
        }
        return sites.size() + " sites";
    }

    private String auxiliary() {
        Signature sig = s.signature();
        List<Port> ports =
                sig.out().stream().filter(p -> p.role() == PortRole.AUXILIARY).toList();
        Model m = s.perturbed(Size.TINY, s.length(), DType.F32);
        Tensors in = s.example(2, s.length(), DType.F32);
        Tensors plain = s.run(m, in);
        for (Port p : ports) {
            Aux aux = Aux.collecting(p.name());
            Call call = s.call().with(aux);
            Tensors out = s.run(m, in, call);
            Expect.isTrue(
                    aux.ports().has(p.name()) || out.has(p.name()),
                    "auxiliary output '" + p.name() + "' was asked for and not given");
            Tensor t = aux.ports().find(p.name()).orElseGet(() -> out.get(p.name()));
            Expect.isTrue(
                    t.rank() == p.axisNames().length,
                    "auxiliary output " + p.name() + " is declared [" + p.axes() + "], given " + t.shape());
            plain.names()
                    .forEach(n -> Expect.close(
                            "with '" + p.name() + "' asked for, " + n,
                            out.get(n),
                            plain.get(n),
                            hasSentinels(n) ? Double.POSITIVE_INFINITY : Expect.F32));
        }
        return ports.size() + " ports";
    }
}
