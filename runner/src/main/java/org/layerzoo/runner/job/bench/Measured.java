package org.layerzoo.runner.job.bench;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.function.BiConsumer;
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
     * @param deadline in nanoseconds, past which no length is begun that is not expected to end before it
     */
    record Setting(boolean peers, int threads, long deadline) {}

    Measured(Question question, Dispatcher backend, Setting setting) {
        this.question = question;
        this.backend = backend;
        this.setting = setting;
    }

    /** Measures; {@code told} hears the share done. */
    <C extends Record> Measured run(
            LayerProvider<C> p, C config, Models.Options options, BiConsumer<Double, String> told) {
        int done = 0;
        for (int length : question.lengths()) {
            told.accept((double) done++ / question.lengths().size(), "length " + length);
            contest(p, config, options, length).forEach((name, row) -> of(name).put(length, row));
        }
        // The first length ran while the compiler was still at work: it is measured again, now that it is not.
        int first = question.lengths().getFirst();
        if (question.lengths().size() > 1 && of(OURS).get(first).cell().isPresent()) {
            contest(p, config, options, first).forEach((name, row) -> of(name).merge(first, row, Measured::faster));
        }
        return this;
    }

    private SequencedMap<Integer, Row> of(String implementation) {
        return rows.computeIfAbsent(implementation, n -> new LinkedHashMap<>());
    }

    private static Row faster(Row a, Row b) {
        boolean second = b.cell().isPresent()
                && (a.cell().isEmpty()
                        || b.cell().get().timing().min()
                                < a.cell().get().timing().min());
        return second ? b : a;
    }

    /** All implementations at one length. */
    private <C extends Record> SequencedMap<String, Row> contest(
            LayerProvider<C> p, C config, Models.Options options, int length) {
        SequencedMap<String, Row> out = new LinkedHashMap<>();
        try {
            Contender.Run run = new Contender.Run(built(p, config, options, length), question, length);
            Gate here = gateFor(built(p, config, options, Gate.length(length)), Gate.length(length));
            TensorScope.run(() -> time(ready(run, here, out), out));
        } catch (RuntimeException e) {
            names().forEach(n -> out.put(n, refused(e)));
        } finally {
            gate.ifPresent(Gate::forget);
            Memory.trim();
        }
        return out;
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

    private static void time(List<Contender> ready, Map<String, Row> out) {
        try {
            List<Timing> times =
                    Timing.inTurns(ready.stream().map(Contender::body).toList());
            for (int i = 0; i < times.size(); i++) {
                out.put(ready.get(i).name(), new Row(Optional.of(ready.get(i).timed(times.get(i))), ""));
            }
        } finally {
            ready.forEach(Contender::close);
        }
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
