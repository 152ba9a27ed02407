package org.layerzoo.plugins.lightseq.check;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.layerzoo.core.exec.Tape;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.spi.Check;
import org.layerzoo.core.spi.CheckContext;
import org.layerzoo.core.spi.RunContext;
import org.layerzoo.core.spi.RuntimeProvider;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.nn.GroupedHeads;
import org.layerzoo.nn.Heads;
import org.layerzoo.nn.parallel.LocalRanks;
import org.layerzoo.plugins.lightseq.Checkpointed;
import org.layerzoo.plugins.lightseq.DistAttention;
import org.layerzoo.plugins.lightseq.LightSeqConfig;
import org.layerzoo.plugins.lightseq.LightSeqConfig.Boundary;
import org.layerzoo.plugins.lightseq.LightSeqConfig.Schedule;
import org.layerzoo.plugins.lightseq.LightSeqProvider;
import org.layerzoo.plugins.lightseq.Schedules;

/** The Checks of the LightSeq sheet. */
public final class LightSeqChecks {
    private LightSeqChecks() {}

    public static List<Check> all() {
        return List.of(
                new Check("check-1: equals attention on one device", LightSeqChecks::equalsOneDevice),
                new Check("check-2: every pair once", LightSeqChecks::coverage),
                new Check("check-3: idle fraction", LightSeqChecks::idle),
                new Check("check-4: grouped heads stay grouped on the wire", LightSeqChecks::groupedHeads),
                new Check("check-5: merging is associative and commutative", LightSeqChecks::merging),
                new Check("check-6: checkpoint policy", LightSeqChecks::checkpoints),
                new Check("check-7: fewer heads than workers", LightSeqChecks::fewHeads));
    }

    private static LightSeqConfig config(Schedule s, boolean causal) {
        return new LightSeqConfig(s, causal, Boundary.NONE);
    }

    /** Output and gradients of all ranks joined again, with the bytes each sent. */
    private record Run(List<Tensor> tensors, List<Long> bytes) {}

    private static Run distributed(LightSeqConfig c, int ranks, List<Tensor> qkv, Tensor cot) {
        int t = cot.dim(2) / ranks;
        record Part(List<Tensor> tensors, long bytes) {}
        List<Part> parts = LocalRanks.run(ranks, r -> {
            List<Tensor> mine = qkv.stream()
                    .map(x -> copy(x.slice(2, r.rank() * t, (r.rank() + 1) * t)))
                    .toList();
            Tape tape = new Tape().watch(mine);
            Tensor o = tape.record(() -> new DistAttention(c, r)
                    .apply(mine.get(0), mine.get(1), mine.get(2))
                    .o());
            long forwardBytes = r.counters().bytes();
            List<Tensor> out = new ArrayList<>(List.of(o));
            out.addAll(tape.gradient(List.of(o), List.of(cot.slice(2, r.rank() * t, (r.rank() + 1) * t)), mine));
            return new Part(out, forwardBytes);
        });
        List<Tensor> joined = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            int n = i;
            joined.add(Ops.concat(2, parts.stream().map(p -> p.tensors.get(n)).toList()));
        }
        return new Run(joined, parts.stream().map(Part::bytes).toList());
    }

    private static Tensor copy(Tensor t) {
        return t.view(t.shape());
    }

    private static List<Tensor> alone(List<Tensor> qkv, Tensor cot, boolean causal) {
        Tape tape = new Tape().watch(qkv);
        Tensor o = tape.record(() -> causal
                ? Fused.attendCausal(qkv.get(0), qkv.get(1), qkv.get(2))
                : Fused.attend(qkv.get(0), qkv.get(1), qkv.get(2)));
        List<Tensor> out = new ArrayList<>(List.of(o));
        out.addAll(tape.gradient(List.of(o), List.of(cot), qkv));
        return out;
    }

    private static List<Tensor> qkv(CheckContext c, int heads, int kvHeads, int t) {
        return List.of(c.normal("q", 1, heads, t, 8), c.normal("k", 1, kvHeads, t, 8), c.normal("v", 1, kvHeads, t, 8));
    }

    private static void equalsOneDevice(CheckContext c) {
        List<Tensor> x = qkv(c, 2, 2, 48);
        Tensor cot = c.normal("cot", 1, 2, 48, 8);
        for (boolean causal : new boolean[] {true, false}) {
            List<Tensor> expected = alone(x, cot, causal);
            for (Schedule s : Schedule.values()) {
                for (int ranks : new int[] {1, 2, 3, 4, 8}) {
                    List<Tensor> given = distributed(config(s, causal), ranks, x, cot).tensors;
                    String what = s + " on " + ranks + " ranks" + (causal ? "" : ", not causal");
                    c.close("output, " + what, given.get(0), expected.get(0), 1e-5);
                    for (int i = 1; i < 4; i++) {
                        c.close("gradient " + i + ", " + what, given.get(i), expected.get(i), 1e-4);
                    }
                }
            }
        }
    }

    private static void coverage(CheckContext c) {
        for (int ranks = 1; ranks <= 9; ranks++) {
            Set<String> seen = new HashSet<>();
            int pairs = 0;
            for (List<Optional<Schedules.Pair>> step : Schedules.steps(config(Schedule.BALANCED, true), ranks)) {
                for (Schedules.Pair p : step.stream().flatMap(Optional::stream).toList()) {
                    c.isTrue("keys " + p.key() + " are not after queries " + p.query(), p.key() <= p.query());
                    seen.add(p.query() + "," + p.key());
                    pairs++;
                }
            }
            c.equal("pairs of " + ranks + " ranks", pairs, ranks * (ranks + 1) / 2);
            c.equal("distinct pairs of " + ranks + " ranks", seen.size(), pairs);
        }
        List<Long> four = Schedules.steps(config(Schedule.BALANCED, true), 4).stream()
                .map(s -> s.stream().filter(Optional::isPresent).count())
                .toList();
        c.equal("pairs a step on 4 ranks", four, List.of(4L, 4L, 2L));
        c.equal(
                "helpers at step 1 on 4 ranks",
                Schedules.steps(config(Schedule.BALANCED, true), 4).get(1).stream()
                        .flatMap(Optional::stream)
                        .filter(Schedules.Pair::helps)
                        .count(),
                1L);
    }

    /** Idle worker-steps over P^2, the measure of the paper for both schedules. */
    private static void idle(CheckContext c) {
        for (int ranks = 2; ranks <= 9; ranks++) {
            double p = ranks;
            c.close("vanilla, " + ranks, idleOver(ranks, Schedule.VANILLA), (p * p - p) / (2 * p * p), 1e-12);
            c.close("balanced, " + ranks, idleOver(ranks, Schedule.BALANCED), ranks % 2 == 1 ? 0 : 1 / (2 * p), 1e-12);
        }
    }

    private static double idleOver(int ranks, Schedule s) {
        var plan = ((RuntimeProvider.SequenceSchedule)
                        new LightSeqProvider().create(config(s, true), RunContext.quiet(1)))
                .plan(ranks, 64);
        return plan.idleFraction() * plan.steps().size() * ranks / (ranks * ranks);
    }

    private static void groupedHeads(CheckContext c) {
        List<Tensor> few = qkv(c, 4, 1, 24);
        List<Tensor> all = List.of(few.get(0), GroupedHeads.expand(few.get(1), 4), GroupedHeads.expand(few.get(2), 4));
        Tensor cot = c.normal("cot", 1, 4, 24, 8);
        Run grouped = distributed(config(Schedule.VANILLA, true), 3, few, cot);
        Run expanded = distributed(config(Schedule.VANILLA, true), 3, all, cot);
        c.close("output", grouped.tensors.get(0), expanded.tensors.get(0), 1e-5);
        c.close(
                "gradient of the keys",
                grouped.tensors.get(2),
                expanded.tensors.get(2).sumKeep(1),
                1e-4);
        for (int r = 0; r < 3; r++) {
            c.equal("bytes of rank " + r, 4 * grouped.bytes.get(r), expanded.bytes.get(r));
        }
    }

    private static void merging(CheckContext c) {
        List<Fused.Part> parts = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            parts.add(new Fused.Part(
                    c.normal("o" + i, 1, 2, 5, 4), c.normal("l" + i, 1, 2, 5).mul(3)));
        }
        Fused.Part a = Fused.mergeLse(List.of(Fused.mergeLse(parts.subList(0, 2)), parts.get(2)));
        Fused.Part b = Fused.mergeLse(List.of(parts.get(0), Fused.mergeLse(parts.subList(1, 3))));
        c.close("associative", a.o(), b.o(), 1e-6);
        c.close(
                "commutative",
                Fused.mergeLse(List.of(parts.get(1), parts.get(0))).o(),
                Fused.mergeLse(parts.subList(0, 2)).o(),
                1e-6);
        Fused.Part empty = new Fused.Part(
                Tensor.zeros(DType.F32, 1, 2, 5, 4), Tensor.full(DType.F32, Double.NEGATIVE_INFINITY, 1, 2, 5));
        c.close(
                "with the empty part",
                Fused.mergeLse(List.of(parts.get(0), empty)).o(),
                parts.get(0).o(),
                1e-6);
        c.close(
                "L with the empty part",
                Fused.mergeLse(List.of(empty, parts.get(0))).lse(),
                parts.get(0).lse(),
                1e-6);
    }

    /** A pre-norm block: q, k, v from W, the heads joined, W_o, residual, a nonlinear half behind. */
    private static final Checkpointed.Halves BLOCK = new Checkpointed.Halves() {
        @Override
        public List<Tensor> project(Tensor x, List<Tensor> w) {
            return Ops.split(Fused.linear(Fused.layerNorm(x, 1e-5), w.get(0)), -1, 16, 16, 16).stream()
                    .map(t -> Heads.split(t, 2))
                    .toList();
        }

        @Override
        public Tensor finish(Tensor x, Tensor o, List<Tensor> w) {
            Tensor h = x.add(Fused.linear(Heads.merge(o), w.get(1)));
            return h.add(Ops.gelu(Fused.layerNorm(h, 1e-5)));
        }
    };

    private static void checkpoints(CheckContext c) {
        Tensor x = c.normal("x", 1, 24, 16);
        List<Tensor> w =
                List.of(c.normal("w", 48, 16).mul(0.25), c.normal("wo", 16, 16).mul(0.25));
        List<List<Tensor>> none = gradients(Boundary.NONE, x, w, c, 1);
        for (Boundary b : List.of(Boundary.LAYER_INPUT, Boundary.ATTENTION_OUTPUT)) {
            List<List<Tensor>> given = gradients(b, x, w, c, b == Boundary.LAYER_INPUT ? 2 : 1);
            for (int r = 0; r < 3; r++) {
                for (int i = 0; i < 3; i++) {
                    c.close(
                            "gradient " + i + " of rank " + r + " with " + b,
                            given.get(r).get(i),
                            none.get(r).get(i),
                            1e-6);
                }
            }
        }
    }

    private static List<List<Tensor>> gradients(
            Boundary boundary, Tensor x, List<Tensor> w, CheckContext c, int forwards) {
        Tensor cot = c.normal("bc", 1, 24, 16);
        record Out(List<Tensor> gradients, int forwards) {}
        List<Out> outs = LocalRanks.run(3, r -> {
            DistAttention attention = new DistAttention(config(Schedule.BALANCED, true), r);
            List<Tensor> in = new ArrayList<>(List.of(copy(x.slice(1, 8 * r.rank(), 8 * r.rank() + 8))));
            w.forEach(t -> in.add(copy(t)));
            Tape tape = new Tape().watch(in);
            Tensor y = tape.record(
                    () -> new Checkpointed(boundary, attention, BLOCK).apply(in.getFirst(), in.subList(1, 3)));
            return new Out(
                    tape.gradient(List.of(y), List.of(cot.slice(1, 8 * r.rank(), 8 * r.rank() + 8)), in),
                    attention.forwards());
        });
        outs.forEach(o -> c.equal("attention forwards with " + boundary, o.forwards, forwards));
        return outs.stream().map(Out::gradients).toList();
    }

    private static void fewHeads(CheckContext c) {
        List<Tensor> x = qkv(c, 3, 3, 32);
        Tensor cot = c.normal("cot", 1, 3, 32, 8);
        List<Tensor> expected = alone(x, cot, true);
        List<Tensor> given = distributed(config(Schedule.BALANCED, true), 4, x, cot).tensors;
        c.close("output", given.get(0), expected.get(0), 1e-5);
        c.close("gradient of the queries", given.get(1), expected.get(1), 1e-4);
    }
}
