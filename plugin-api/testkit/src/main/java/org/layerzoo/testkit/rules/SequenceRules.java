package org.layerzoo.testkit.rules;

import java.util.ArrayList;
import java.util.List;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.exec.Exec;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Draws;
import org.layerzoo.core.layer.Seqs;
import org.layerzoo.core.layer.Streaming;
import org.layerzoo.core.op.Errors;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.spi.Contract;
import org.layerzoo.core.spi.Mode;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.spi.Port;
import org.layerzoo.core.spi.Signature;
import org.layerzoo.core.spi.Size;
import org.layerzoo.core.state.Opening;
import org.layerzoo.core.state.State;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;

/** What holds along the token axis: causality by perturbation, streaming against forward, packed and padded batches. */
final class SequenceRules<C extends Record> {
    private final LayerSubject<C> s;

    SequenceRules(LayerSubject<C> s) {
        this.s = s;
    }

    List<Rules.Named> rules() {
        return List.of(
                new Rules.Named("causality", this::causality),
                new Rules.Named("streaming", this::streaming),
                new Rules.Named("streams are independent", this::independentStreams),
                new Rules.Named("packed sequences", this::packed),
                new Rules.Named("padding invariance", this::padded));
    }

    private String causality() {
        Contract.Causality law = s.contract().causality();
        Port in = s.signature().tokenInput().orElse(null);
        Port out = s.signature().tokenOutput().orElse(null);
        if (law == Contract.Causality.NONE || in == null || out == null) {
            return "declared to look both ways";
        }
        Model m = s.perturbed(Size.TINY, s.length(), DType.F32);
        Tensors x = s.example(2, s.length(), DType.F32);
        Tensor before = s.run(m, x).get(out.name());
        int n = before.dim(out.tokenAxis());
        int a = out.tokenAxis();
        for (int t : List.of(1, n / 2, n - 1)) {
            Tensor after = s.run(m, changedFrom(x, t, law)).get(out.name());
            Expect.close(
                    "outputs before token " + t + " when tokens from " + t + " on change",
                    after.slice(a, 0, t),
                    before.slice(a, 0, t),
                    1e-5);
            Expect.isTrue(
                    !Errors.sameBits(after.slice(a, t, n), before.slice(a, t, n)),
                    "outputs from token " + t + " on do not react to their own inputs");
        }
        return law == Contract.Causality.EXACT ? "the past does not move" : "values do not leak back";
    }

    /** New values from token t on in every token input; in the values alone where selection may look ahead. */
    private Tensors changedFrom(Tensors x, int t, Contract.Causality law) {
        boolean valuesOnly = law == Contract.Causality.VALUES_ONLY
                && s.signature().input("v").isPresent();
        Tensors out = x;
        for (Port p : s.signature().in()) {
            if (p.tokenAxis() < 0
                    || !x.has(p.name())
                    || !p.dtype().isFloating()
                    || (valuesOnly && !p.name().equals("v"))) {
                continue;
            }
            Tensor old = x.get(p.name());
            int a = p.tokenAxis();
            Tensor noise = Draws.seeded(s.seed)
                    .at("noise")
                    .normal(
                            p.name(),
                            DType.F32,
                            old.shape().with(a, old.dim(a) - t).dims());
            out = out.with(p.name(), Ops.concat(a, old.slice(a, 0, t), noise));
        }
        return out;
    }

    private String streaming() {
        Contract.StreamLaw law = s.contract().streaming();
        Model m = s.perturbed(Size.TINY, s.length(), DType.F32);
        boolean can = m.layer() instanceof Streaming;
        Expect.isTrue(
                can == (law != Contract.StreamLaw.NONE),
                can
                        ? "the layer streams, but its contract declares NONE"
                        : "streaming is declared (" + law + "), but the layer does not implement it");
        Expect.isTrue(
                can == s.signature().modes().contains(Mode.STREAMING),
                "mode streaming and the contract's streaming law disagree");
        if (law != Contract.StreamLaw.EQUALS_FORWARD) {
            return law == Contract.StreamLaw.NONE ? "none, and none declared" : "declared " + law;
        }
        Tensors x = s.example(2, s.length(), DType.F32);
        Tensors whole = s.run(m, x);
        double worst = 0;
        int n = s.length();
        for (List<Integer> cuts : List.of(List.of(n), ones(n), List.of(1, 3, n - 4), List.of(n - 1, 1))) {
            Tensors pieces = stream(m, x, cuts, open(m));
            for (String name : pieces.names()) {
                worst = Math.max(
                        worst,
                        Expect.close(
                                "fed in pieces of " + (cuts.size() > 5 ? "1" : cuts.toString()) + ", " + name,
                                pieces.get(name),
                                whole.get(name),
                                5 * Expect.F32));
            }
        }
        return "relative error " + worst;
    }

    private String independentStreams() {
        if (s.contract().streaming() == Contract.StreamLaw.NONE) {
            return "no streaming";
        }
        Model m = s.perturbed(Size.TINY, s.length(), DType.F32);
        int n = s.length();
        Tensors x = s.example(2, n, DType.F32);
        Tensors other = x.map(t -> t.dtype().isFloating() ? t.mul(-1.5) : t);
        Tensors alone = stream(m, x, List.of(n / 2, n - n / 2), open(m));
        State a = open(m);
        State b = open(m);
        Tensors a1 = stream(m, cut(m, x, 0, n / 2), List.of(n / 2), a);
        stream(m, cut(m, other, 0, n / 2), List.of(n / 2), b);
        State fork = a.fork();
        stream(m, cut(m, other, n / 2, n), List.of(n - n / 2), fork);
        Tensors a2 = stream(m, cut(m, x, n / 2, n), List.of(n - n / 2), a);
        for (String name : alone.names()) {
            Tensor joined = Ops.concat(tokenAxis(m, name), a1.get(name), a2.get(name));
            Expect.close("a stream beside another one and its own fork, " + name, joined, alone.get(name), Expect.F32);
        }
        Expect.isTrue(a.position() == n, "after " + n + " tokens the state is at position " + a.position());
        return "fork and neighbour leave it alone";
    }

    private State open(Model m) {
        return ((Streaming) m.layer()).open(Opening.of(2));
    }

    private Tensors stream(Model m, Tensors x, List<Integer> cuts, State state) {
        List<Tensors> parts = new ArrayList<>();
        int at = 0;
        for (int n : cuts) {
            Tensors piece = cut(m, x, at, at + n);
            parts.add(Exec.with(s.backend, () -> ((Streaming) m.layer()).advance(piece, state, s.call())));
            at += n;
        }
        Tensors out = Tensors.empty();
        for (String name : parts.getFirst().names()) {
            if (tokenAxis(m, name) >= 0) {
                out = out.with(
                        name,
                        Ops.concat(
                                tokenAxis(m, name),
                                parts.stream().map(p -> p.get(name)).toList()));
            }
        }
        return out;
    }

    private static int tokenAxis(Model m, String output) {
        return m.signature().output(output).map(Port::tokenAxis).orElse(-1);
    }

    private static Tensors cut(Model m, Tensors x, int from, int to) {
        Tensors out = Tensors.empty();
        for (String n : x.names()) {
            int axis = m.signature().input(n).map(Port::tokenAxis).orElse(-1);
            out = out.with(n, axis < 0 ? x.get(n) : x.get(n).slice(axis, from, to));
        }
        return out;
    }

    private static List<Integer> ones(int n) {
        return java.util.Collections.nCopies(n, 1);
    }

    private String packed() {
        boolean declared = s.signature().modes().contains(Mode.VARLEN);
        Port in = s.signature().tokenInput().orElse(null);
        if (in == null || s.contract().fixedLength().isPresent()) {
            return "not applicable to this signature";
        }
        Model m = s.perturbed(Size.TINY, s.length(), DType.F32);
        int n = s.length();
        int first = n / 3;
        Tensors x = s.example(1, n, DType.F32);
        Call call = s.call().with(Seqs.packed(Tensor.of(new long[] {0, first, n}, 3)));
        if (!declared) {
            return refuses(m, x, call, "packed sequences");
        }
        Tensors both = s.run(m, x, call);
        Tensors a = s.run(m, cut(m, x, 0, first));
        Tensors b = s.run(m, cut(m, x, first, n));
        double worst = 0;
        for (String name : a.names()) {
            int axis = tokenAxis(m, name);
            if (axis >= 0) {
                worst = Math.max(
                        worst,
                        Expect.close(
                                "two sequences packed and apart, " + name,
                                both.get(name),
                                Ops.concat(axis, a.get(name), b.get(name)),
                                5 * Expect.F32));
            }
        }
        return "relative error " + worst;
    }

    private String padded() {
        boolean declared = s.signature().modes().contains(Mode.VARLEN);
        Port in = s.signature().tokenInput().orElse(null);
        if (in == null || s.contract().fixedLength().isPresent()) {
            return "not applicable to this signature";
        }
        Model m = s.perturbed(Size.TINY, s.length(), DType.F32);
        int n = s.length();
        int valid = n / 2;
        Tensors x = s.example(2, n, DType.F32);
        Call call = s.call().with(Seqs.padded(Tensor.of(new long[] {n, valid}, 2)));
        if (!declared) {
            return refuses(m, x, call, "padded batches");
        }
        Tensors both = s.run(m, x, call);
        Signature sig = m.signature();
        Tensors alone = s.run(m, cut(m, s.row(sig, x, 1, true), 0, valid));
        double worst = 0;
        for (String name : alone.names()) {
            int axis = tokenAxis(m, name);
            if (axis >= 0) {
                Tensor row = s.row(sig, both, 1, false).get(name).slice(axis, 0, valid);
                worst = Math.max(
                        worst, Expect.close("a row padded and alone, " + name, row, alone.get(name), 5 * Expect.F32));
            }
        }
        return "relative error " + worst;
    }

    /** What is not declared must be refused, not silently run as something else. */
    private String refuses(Model m, Tensors x, Call call, String what) {
        try {
            s.run(m, x, call);
        } catch (ZooException e) {
            Expect.isTrue(
                    e.code() == ErrorCode.UNSUPPORTED,
                    what + " are refused as " + e.code() + ", expected UNSUPPORTED: " + e.getMessage());
            return "not declared, and refused";
        }
        Expect.isTrue(false, what + " are not declared, but accepted as if they were one dense batch");
        return "";
    }
}
