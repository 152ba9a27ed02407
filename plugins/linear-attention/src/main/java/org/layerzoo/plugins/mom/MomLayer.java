package org.layerzoo.plugins.mom;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.layerzoo.core.layer.Init;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.layer.Seqs;
import org.layerzoo.core.layer.Site;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.dense.Activation;
import org.layerzoo.core.op.recur.Recurrence;
import org.layerzoo.core.op.shortconv.TokenConv;
import org.layerzoo.core.state.Opening;
import org.layerzoo.core.state.Slot;
import org.layerzoo.core.state.State;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.DepthwiseConv;
import org.layerzoo.nn.Heads;
import org.layerzoo.nn.Linear;
import org.layerzoo.nn.Sequences;
import org.layerzoo.nn.linear.GatedOutput;
import org.layerzoo.nn.linear.GatedSlots;
import org.layerzoo.nn.linear.LinearMixer;
import org.layerzoo.nn.linear.Pass;
import org.layerzoo.nn.linear.Slopes;
import org.layerzoo.nn.linear.StepDecay;
import org.layerzoo.nn.routing.Dispatch;
import org.layerzoo.nn.routing.GroupedLinear;
import org.layerzoo.plugins.mom.MomConfig.Rule;

/**
 * Mixture of memories (section 3), x [B, T, D] -> y [B, T, D]: a token goes to k of M recurrent memories and to a shared one,
 *
 * <pre>
 * g = top-k softmax(x W_r), sum 1;  for its memories m: S^m = a (I - b k k^T) S^m + b k v^T;  o = sum_m g_m S^m^T q + S^shared^T q
 * q, k, v = SiLU(conv(x W)), q and k of length 1;  y = (RMSNorm(o) * SiLU(x W_g)) W_o
 * </pre>
 *
 * Convolutions and recurrences run along a memory's own tokens. FLOPs O(B T (k + 1) (D^2 + D (C + dk))), independent of M; state B (M + 1) H
 * dk dv and the last inputs of the convolutions. Equals mom_gated_deltanet.py:MomGatedDeltaNet of the authors.
 */
final class MomLayer implements LinearMixer {
    static final String ROUTED = "S";
    static final String SHARED = "S_shared";
    /** The slots' gates are sigmoid(.)^(1/8), as in gated slot attention. */
    private static final double TAU = 8;
    /** Those of keys sigmoid(.)^(1/16), as in gated linear attention. */
    private static final double NORMALISER = 16;

    private static final String HEADS = "mom.heads";
    private static final String ROUTER = "mom.router";
    /** Xavier-uniform of gain 2^-2.5, as the authors start all projections. */
    private static final Init START = Init.xavierUniform(Math.pow(2, -2.5));

    private final MomConfig c;
    private final Linear q;
    private final Linear router;
    private final List<Writer> writers = new ArrayList<>();
    private final Optional<Writer> shared;
    private final Optional<StepDecay> decay;
    private final List<DepthwiseConv> convs;
    private final GatedOutput out;
    private final UnaryOperator<Dispatch> order;

    /** What a memory makes of a token: key, value and, as its rule asks, write strength and step or gate. */
    private record Writer(Linear k, Linear v, Optional<Linear> b, Optional<Linear> a) {
        static Writer of(Params p, MomConfig c, String pattern) {
            return new Writer(
                    linear(p, c, pattern.replace("?", "k"), c.heads() * c.headDim()),
                    linear(p, c, pattern.replace("?", "v"), c.heads() * c.valueDim()),
                    c.rule().corrects()
                            ? Optional.of(linear(p, c, pattern.replace("?", "b"), c.heads()))
                            : Optional.empty(),
                    c.gates() > 0 ? Optional.of(linear(p, c, pattern.replace("?", "a"), c.gates())) : Optional.empty());
        }

        private static Linear linear(Params p, MomConfig c, String name, int width) {
            return Linear.of(p, name, c.dim(), width, false, START);
        }
    }

    /** @param order what becomes of the order of rows: nothing, but where a recorded one is followed */
    MomLayer(MomConfig c, Params p, UnaryOperator<Dispatch> order) {
        this.c = c;
        this.order = order;
        MomConfig.Routing r = c.routing();
        int keys = c.heads() * c.headDim();
        int values = c.heads() * c.valueDim();
        q = Linear.of(p, "q_proj", c.dim(), keys, false, START);
        router = Linear.of(p, "gate", c.dim(), r.memories(), false, START);
        for (int m = 0; m < (r.single() ? 1 : r.memories()); m++) {
            writers.add(Writer.of(p, c, r.single() ? "?_proj" : "?_proj." + m));
        }
        if (!r.shared()) {
            shared = Optional.empty();
        } else {
            shared = Optional.of(r.single() ? writers.getFirst() : Writer.of(p, c, "shared_?"));
        }
        decay = c.rule().decays() ? Optional.of(StepDecay.of(p, c.heads())) : Optional.empty();
        Activation ofKeys = c.rule() == Rule.TIED_DECAY ? Activation.NONE : Activation.SILU;
        convs = List.of(
                conv(p, "q", keys, Activation.SILU), conv(p, "k", keys, ofKeys), conv(p, "v", values, Activation.SILU));
        GatedOutput.Sizes sizes = new GatedOutput.Sizes(c.dim(), c.heads(), c.valueDim());
        out = GatedOutput.of(p, sizes, c.gate(), c.normEps(), START);
    }

    private DepthwiseConv conv(Params p, String name, int channels, Activation a) {
        return DepthwiseConv.of(p, name + "_conv1d", channels, c.conv(), false, a);
    }

    @Override
    public String layer() {
        return "mom";
    }

    @Override
    public boolean varlen() {
        return true;
    }

    @Override
    public List<Memory> memory() {
        List<Memory> all = new ArrayList<>(memory(ROUTED, c.routing().memories() * c.heads()));
        shared.ifPresent(w -> all.addAll(memory(SHARED, c.heads())));
        return all;
    }

    private List<Memory> memory(String name, int heads) {
        return c.rule() == Rule.SLOTS
                ? List.of(
                        new Memory(part(name, GatedSlots.KEYS), heads, c.headDim(), c.slots()),
                        new Memory(part(name, GatedSlots.VALUES), heads, c.slots(), c.valueDim()))
                : List.of(new Memory(name, heads, c.headDim(), c.valueDim()));
    }

    static String part(String name, String of) {
        return name + "_" + of;
    }

    /** Those of the shared memory. */
    @Override
    public List<DepthwiseConv> convolutions() {
        return shared.isPresent() ? convs : List.of();
    }

    @Override
    public State open(Opening o) {
        State s = LinearMixer.super.open(o);
        convs.forEach(f -> s.with(
                routed(f),
                new Slot.Fixed(Tensor.zeros(
                        o.dtype(),
                        o.batch(),
                        c.routing().memories(),
                        c.conv() - 1,
                        f.weight().spec().shape().dim(0)))));
        return s;
    }

    /** The slot of a convolution's last inputs, a row for each memory. */
    static String routed(DepthwiseConv f) {
        return "routed_" + f.name();
    }

    @Override
    public Tensor mix(Tensors in, Pass p) {
        Tensor x = in.get("x");
        Tensor logits = p.call().taps().at(ROUTER, router.apply(x));
        p.call().aux().put("router_logits", logits);
        Tensor probabilities = Fused.softmax(logits, -1);
        Dispatch.Choice choice = Dispatch.Choice.of(probabilities, c.routing().top());
        balance(probabilities, choice, p);
        Tensor queries = q.apply(x);
        Tensor mixed = routed(x, queries, choice, p);
        Tensor o = shared.map(w -> mixed.add(shared(w, x, queries, p))).orElse(mixed);
        return out.apply(x, p.call().taps().at(HEADS, o));
    }

    /** M sum_m f_m P_m: f the share of choices that fell on m, P its mean probability. */
    private void balance(Tensor probabilities, Dispatch.Choice choice, Pass p) {
        if (c.routing().balance() > 0 && p.call().aux().wantsLosses()) {
            int m = c.routing().memories();
            Tensor share =
                    mean(Ops.oneHot(choice.group(), m, probabilities.dtype()).mean(2), p);
            Tensor loss = share.mul(mean(probabilities, p)).sum().mul(m);
            p.call().aux().loss("balance", loss, c.routing().balance());
        }
    }

    /** Mean [M] over the tokens of x [B, T, M] that are no pads. */
    private static Tensor mean(Tensor x, Pass p) {
        return p.call()
                .seqs()
                .lengths()
                .map(l -> Sequences.zeroPads(x, p.call().seqs())
                        .sum(0, 1)
                        .div(l.sum().cast(x.dtype())))
                .orElseGet(() -> x.mean(0, 1));
    }

    /** All memories at once as packed samples, [B, H, T, dv]. */
    private Tensor routed(Tensor x, Tensor queries, Dispatch.Choice choice, Pass p) {
        int tokens = x.dim(0) * x.dim(1);
        Dispatch d = order.apply(dispatch(x, choice, p));
        Tensor rows = d.rows(x.reshape(tokens, c.dim()));
        Tensor bounds = d.groupBounds();
        Tensor kh = rowsOf(rows, bounds, writers.stream().map(Writer::k).toList());
        Tensor vh = rowsOf(rows, bounds, writers.stream().map(Writer::v).toList());
        Tensor qh = d.rows(queries.reshape(tokens, queries.dim(2))).unsqueeze(0);
        List<Optional<Tensor>> ba = new ArrayList<>();
        ba.add(
                c.rule().corrects()
                        ? Optional.of(rowsOf(
                                rows,
                                bounds,
                                writers.stream().map(w -> w.b().orElseThrow()).toList()))
                        : Optional.empty());
        ba.add(
                c.gates() > 0
                        ? Optional.of(rowsOf(
                                rows,
                                bounds,
                                writers.stream().map(w -> w.a().orElseThrow()).toList()))
                        : Optional.empty());
        Kept kept = new Kept(p, d, d.longest());
        List<Tensor> qkv =
                List.of(kept.conv(convs.get(0), qh), kept.conv(convs.get(1), kh), kept.conv(convs.get(2), vh));
        Tensor o = Heads.merge(read(ROUTED, qkv, ba.get(0), ba.get(1), kept::recur));
        Tensor sums = d.combined(o.squeeze(0));
        return Heads.split(sums.reshape(x.dim(0), x.dim(1), o.dim(2)), c.heads());
    }

    private Dispatch dispatch(Tensor x, Dispatch.Choice choice, Pass p) {
        int b = x.dim(0);
        int t = x.dim(1);
        Tensor at = Ops.iota(DType.I64, b * t);
        long[] lengths = lengths(p.call().seqs(), b, t);
        Optional<Tensor> most = p.call().training() && c.routing().capacity() < 1
                ? Optional.of(Tensor.of(
                        Arrays.stream(lengths)
                                .map(n -> (long) Math.ceil(n * c.routing().capacity()))
                                .toArray(),
                        lengths.length))
                : Optional.empty();
        Tensor sequence = p.call().seqs() instanceof Seqs.Packed packed
                ? Ops.searchSorted(packed.cuSeqlens(), at, true).sub(Tensor.of(new long[] {1}, 1))
                : Ops.floorDiv(at, Tensor.of(new long[] {t}, 1));
        Optional<Tensor> pads = p.call().seqs().lengths().map(l -> Ops.iota(DType.I64, t)
                .ge(l.unsqueeze(1))
                .reshape(b * t));
        return Dispatch.of(choice, sequence, lengths.length, c.routing().memories(), most, pads);
    }

    /** Tokens of each sequence. */
    private static long[] lengths(Seqs seqs, int b, int t) {
        if (seqs instanceof Seqs.Packed packed) {
            long[] cuts = packed.cuSeqlens().toLongs();
            return IntStream.range(1, cuts.length)
                    .mapToLong(i -> cuts[i] - cuts[i - 1])
                    .toArray();
        }
        return seqs.lengths()
                .map(Tensor::toLongs)
                .orElseGet(() -> LongStream.generate(() -> t).limit(b).toArray());
    }

    private Tensor rowsOf(Tensor rows, Tensor bounds, List<Linear> projections) {
        Tensor y = c.routing().single()
                ? projections.getFirst().apply(rows)
                : GroupedLinear.apply(
                        rows,
                        bounds,
                        projections.stream().map(l -> l.weight().value()).toList());
        return y.unsqueeze(0);
    }

    private Tensor shared(Writer w, Tensor x, Tensor queries, Pass p) {
        List<Tensor> qkv = List.of(
                p.conv(convs.get(0), queries),
                p.conv(convs.get(1), w.k().apply(x)),
                p.conv(convs.get(2), w.v().apply(x)));
        return read(SHARED, qkv, w.b().map(b -> b.apply(x)), w.a().map(a -> a.apply(x)), p::recur);
    }

    /** Reads of a memory after convolved q, k, v [B, n, H d], with strengths before the sigmoid [B, n, H] and steps or gates. */
    private Tensor read(
            String name,
            List<Tensor> qkv,
            Optional<Tensor> b,
            Optional<Tensor> a,
            BiFunction<String, Recurrence, Tensor> run) {
        List<Tensor> h = qkv.stream().map(t -> Heads.split(t, c.heads())).toList();
        if (c.rule() == Rule.SLOTS) {
            GatedSlots.Gate gate = GatedSlots.Gate.of(Heads.split(a.orElseThrow(), c.heads()), TAU);
            return GatedSlots.of(h.get(0), h.get(1), h.get(2), gate, 1).read((of, r) -> run.apply(part(name, of), r));
        }
        double scale = 1 / Math.sqrt(c.headDim());
        if (c.rule() == Rule.TIED_DECAY) {
            Tensor kept = Ops.logSigmoid(h.get(1));
            Tensor key = Ops.expm1(kept).neg();
            return run.apply(
                    name,
                    Fused.recur(h.get(0), key, h.get(2)).key(kept).chunked(16).scale(scale));
        }
        Recurrence r = Fused.recur(Heads.unit(h.get(0)), Heads.unit(h.get(1)), h.get(2))
                .scale(scale);
        Optional<Tensor> log = a.map(s -> decay.map(step -> step.logs(s))
                .orElseGet(() -> Ops.logSigmoid(Heads.split(s, c.heads())).div(NORMALISER)));
        Optional<Tensor> beta = b.map(s -> Ops.sigmoid(s).permute(0, 2, 1));
        return run.apply(
                name,
                switch (c.rule()) {
                    case GATED_DELTA -> r.delta(beta.orElseThrow(), log.orElseThrow());
                    case DELTA -> r.delta(beta.orElseThrow());
                    case DECAY -> r.scalar(log.orElseThrow());
                    case KEY_DECAY -> r.key(log.orElseThrow()).chunked(16);
                    case FIXED_DECAY -> r.perHead(Slopes.decay(h.get(0).dtype(), slopes()));
                    case LINEAR, SLOTS, TIED_DECAY -> r;
                });
    }

    /** -log(1 - 2^(-5 - h)). */
    private double[] slopes() {
        return IntStream.range(0, c.heads())
                .mapToDouble(h -> -Math.log1p(-Math.pow(2, -5 - h)))
                .toArray();
    }

    /** Runs over packed samples, from and into the states that a stream keeps for each sequence and memory. */
    private record Kept(Pass p, Dispatch d, int longest) {
        Tensor conv(DepthwiseConv f, Tensor rows) {
            TokenConv op = f.op(rows).packed(d.bounds(), longest);
            p.kept(routed(f)).ifPresent(t -> op.from(samples(t)));
            TokenConv.Convolved out = op.run();
            p.kept(routed(f)).ifPresent(t -> p.keep(routed(f), sequences(out.state())));
            return out.y();
        }

        Tensor recur(String name, Recurrence r) {
            r.packed(d.bounds(), longest);
            Optional<Tensor> before = p.kept(name);
            before.ifPresent(t -> {
                int m = d.groups();
                r.from(samples(t.reshape(t.dim(0), m, t.dim(1) / m, t.dim(2), t.dim(3))));
            });
            Recurrence.Recurred out = p.run(r);
            before.ifPresent(t -> p.keep(name, sequences(out.state()).reshape(t.shape())));
            return out.o();
        }

        /** [B, M, ..] -> [M B, ..]. */
        private static Tensor samples(Tensor t) {
            Tensor y = t.transpose(0, 1);
            return y.reshape(y.shape().sub(2, y.rank()).insert(0, y.dim(0) * y.dim(1)));
        }

        /** Back. */
        private Tensor sequences(Tensor t) {
            return t.reshape(t.shape().sub(1, t.rank()).insert(0, d.sequences()).insert(0, d.groups()))
                    .transpose(0, 1);
        }
    }

    @Override
    public List<Site> sites() {
        return List.of(new Site(HEADS, "B H T d"), new Site(ROUTER, "B T M"));
    }
}
