package org.layerzoo.runner.job.bench;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.function.BiConsumer;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.exec.Dispatcher;
import org.layerzoo.core.exec.OpInterpreter;
import org.layerzoo.core.spi.LayerProvider;
import org.layerzoo.core.spi.Models;
import org.layerzoo.core.tensor.Memory;
import org.layerzoo.core.tensor.TensorScope;

/** One layer measured over all lengths, at each length by all implementations in turns. */
final class Measured {
    static final String OURS = "layerzoo";
    private static final String NAIVE = "naive";
    private static final String LIBTORCH = "libtorch";
    private static final String NO_LIBTORCH = "LibTorch is not installed: './zoo peers --list' fetches it (120 MB)";

    /** Rounds over all lengths that are ready together. */
    private static final int ROUNDS = 5;

    /** Either a figure or the reason why there is none. */
    record Row(Optional<Cell> cell, String refused) {}

    private final Question question;
    private final Dispatcher backend;
    private final Setting setting;
    /** Row of each implementation and length, implementations in the order of the results. */
    private final SequencedMap<String, SequencedMap<Integer, Row>> rows = new LinkedHashMap<>();

    private final Map<Record, Workload> workloads = new HashMap<>();
    private Optional<Gate> gate = Optional.empty();

    /**
     * @param peers whether the naive form and other libraries are measured too
     * @param threads that a peer may use
     * @param how times are taken
     * @param deadline in nanoseconds, past which no length is begun that is not expected to end before it
     */
    record Setting(boolean peers, int threads, Timing.How how, long deadline) {}

    Measured(Question question, Dispatcher backend, Setting setting) {
        this.question = question;
        this.backend = backend;
        this.setting = setting;
    }

    /**
     * Measures; {@code told} hears the share done. Lengths are made ready one after another and timed in rounds over all of them, so that what
     * disturbs the machine for a while touches them alike. As many stay ready together as take a quarter of the memory; others follow.
     */
    <C extends Record> Measured run(
            LayerProvider<C> p, C config, Models.Options options, BiConsumer<Double, String> told) {
        names().forEach(this::of);
        int n = question.lengths().size();
        int next = 0;
        while (next < n) {
            next = group(n1 -> built(p, config, options, n1), next, new ArrayList<>(), told);
        }
        Memory.trim();
        return this;
    }

    /** Implementations at one length, in the scope of their tensors. */
    private record Open(int length, List<Contender> ready, List<Timing.Samples> samples) {}

    /** Makes lengths ready from number {@code at} on, one inside the scope of the other, and times them; the number of the next. */
    private int group(IntFunction<Workload> built, int at, List<Open> open, BiConsumer<Double, String> told) {
        List<Integer> lengths = question.lengths();
        if (at == lengths.size() || !open.isEmpty() && Memory.liveBytes() > Memory.budget() / 4) {
            rounds(open, told, at);
            return at;
        }
        int length = lengths.get(at);
        // a length that is ready is half done
        told.accept((at - open.size() / 2.0) / lengths.size(), "length " + length);
        SequencedMap<String, Row> out = new LinkedHashMap<>();
        return TensorScope.use(() -> {
            List<Contender> made = new ArrayList<>();
            try {
                open(built, length, made, open, out);
                out.forEach((name, row) -> of(name).putIfAbsent(length, row));
                return group(built, at + 1, open, told);
            } finally {
                made.forEach(Contender::close);
            }
        });
    }

    private void open(
            IntFunction<Workload> built, int length, List<Contender> made, List<Open> open, Map<String, Row> out) {
        try {
            made.addAll(ready(built, length, out));
            Open o = new Open(
                    length,
                    List.copyOf(made),
                    made.stream()
                            .map(c -> Timing.Samples.warm(c.body(), setting.how))
                            .toList());
            // The compiler is still at work: this round tells what to expect of longer ones, and counts only where a
            // run is slow.
            Timing.round(o.samples, ROUNDS);
            record(o);
            open.add(o);
        } catch (RuntimeException e) {
            names().forEach(n -> out.put(n, refused(e)));
        }
    }

    private List<Contender> ready(IntFunction<Workload> built, int length, Map<String, Row> out) {
        try {
            Contender.Run run = new Contender.Run(built.apply(length), question, length);
            int few = Gate.length(length);
            return ready(run, gateFor(built.apply(few), few), out);
        } finally {
            gate.ifPresent(Gate::forget);
        }
    }

    private void rounds(List<Open> open, BiConsumer<Double, String> told, int at) {
        open.forEach(o -> o.samples.forEach(Timing.Samples::forget));
        for (int round = 1; round <= ROUNDS; round++) {
            told.accept(
                    (at - open.size() * (ROUNDS - round + 1) / (2.0 * ROUNDS))
                            / question.lengths().size(),
                    "round " + round + " of " + ROUNDS);
            open.removeIf(o -> !lasts(o));
        }
        open.forEach(this::record);
    }

    /** Runs a length for its share of a round; where that fails, its rows say why. */
    private boolean lasts(Open o) {
        try {
            Timing.round(o.samples, ROUNDS);
            return true;
        } catch (RuntimeException e) {
            Row row = refused(e);
            o.ready.forEach(c -> of(c.name()).put(o.length, row));
            return false;
        }
    }

    private void record(Open o) {
        for (int i = 0; i < o.ready.size(); i++) {
            Contender c = o.ready.get(i);
            Row row = new Row(Optional.of(c.timed(o.samples.get(i).timing())), "");
            of(c.name()).put(o.length, row);
        }
    }

    private SequencedMap<Integer, Row> of(String implementation) {
        return rows.computeIfAbsent(implementation, n -> new LinkedHashMap<>());
    }

    private List<String> names() {
        return setting.peers ? List.of(OURS, NAIVE, LIBTORCH) : List.of(OURS);
    }

    private Gate gateFor(Workload small, int few) {
        if (gate.isEmpty() || !gate.get().serves(small, few)) {
            gate = Optional.of(new Gate(small, question, few));
        }
        return gate.get();
    }

    /** The implementations that compute the right thing; the others' rows say why they don't. */
    private List<Contender> ready(Contender.Run run, Gate here, Map<String, Row> out) {
        List<Contender> ready = new ArrayList<>();
        add(OURS, run, () -> own(OURS, run, here, backend), ready, out);
        if (setting.peers) {
            add(NAIVE, run, () -> own(NAIVE, run, here, new Naive(backend)), ready, out);
            long flops = ready.isEmpty() ? 0 : ready.getFirst().cell().flops();
            List<Peer> installed = Peer.installed();
            installed.forEach(
                    p -> add(p.name(), run, () -> Contender.peer(p, run, backend, setting.threads, flops), ready, out));
            if (installed.isEmpty()) {
                out.put(LIBTORCH, new Row(Optional.empty(), NO_LIBTORCH));
            }
        }
        return ready;
    }

    private Contender own(String name, Contender.Run run, Gate here, OpInterpreter on) {
        Gate.Verdict right = here.check(run.workload(), run.length(), on);
        return Contender.ours(name, run, backend, on, right);
    }

    private void add(
            String name, Contender.Run run, Supplier<Contender> made, List<Contender> ready, Map<String, Row> out) {
        try {
            refuseHopeless(cells(name), run.length());
            ready.add(made.get());
            // Rows keep the order in which implementations were made.
            out.put(name, new Row(Optional.empty(), ""));
        } catch (RuntimeException e) {
            out.put(name, refused(e));
        }
    }

    private static Row refused(RuntimeException e) {
        if (e instanceof ZooException z) {
            if (z.code() == ErrorCode.CANCELLED) {
                throw e;
            }
            return new Row(Optional.empty(), e.getMessage());
        }
        return new Row(Optional.empty(), "the layer threw " + e);
    }

    /** The workload at a length; lengths of one configuration share it. */
    private <C extends Record> Workload built(LayerProvider<C> p, C config, Models.Options options, int length) {
        C here = at(p, config, length);
        return workloads.computeIfAbsent(here, c -> Workloads.of(p, here, question, options));
    }

    private static <C extends Record> C at(LayerProvider<C> p, C config, int length) {
        C here = p.atLength(config, length);
        p.signature(here).contract().fixedLength().ifPresent(n -> {
            if (n != length) {
                throw ZooException.unsupported("this layer works at length " + n + " only");
            }
        });
        return here;
    }

    /** Lengths whose time, extrapolated from the last two, would not end before the job's limit. */
    private void refuseHopeless(List<Cell> known, int length) {
        double left = (setting.deadline - System.nanoTime()) / 1e9;
        if (left <= 0) {
            throw new ZooException(ErrorCode.TIME_LIMIT, "the job's time was used up before this length");
        }
        if (known.size() < 2) {
            return;
        }
        Cell last = known.getLast();
        double slope = Fit.exponent(known.subList(known.size() - 2, known.size()), c -> c.timing()
                        .min())
                .orElse(1);
        double once = last.timing().min() / 1e3 * Math.pow((double) length / last.length(), Math.clamp(slope, 1, 3));
        if (4 * once > left) {
            throw new ZooException(
                    ErrorCode.TIME_LIMIT,
                    String.format("a run is predicted to take %.0f s, %.0f s of the job's time are left", once, left));
        }
    }

    /** The figures of an implementation. */
    List<Cell> cells(String implementation) {
        return of(implementation).values().stream()
                .flatMap(r -> r.cell().stream())
                .toList();
    }

    SequencedMap<String, SequencedMap<Integer, Row>> rows() {
        return rows;
    }
}
