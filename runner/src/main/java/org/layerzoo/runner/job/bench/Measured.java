package org.layerzoo.runner.job.bench;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.function.BiConsumer;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.exec.Counting;
import org.layerzoo.core.exec.Dispatcher;
import org.layerzoo.core.exec.OpInterpreter;
import org.layerzoo.core.spi.LayerProvider;
import org.layerzoo.core.spi.Models;
import org.layerzoo.core.tensor.Memory;
import org.layerzoo.core.tensor.TensorScope;
import org.layerzoo.core.tensor.Tensors;

/** One implementation of one layer, measured over all lengths. */
public final class Measured {
    /** Who computes: our fused kernels, or every fused op as its dense decomposition. */
    public enum Implementation {
        LAYERZOO,
        NAIVE
    }

    /** Either a figure or the reason why there is none. */
    record Row(Optional<Cell> cell, String refused) {}

    private final Question question;
    private final Dispatcher backend;
    private final OpInterpreter on;
    private final long deadline;
    private final SequencedMap<Integer, Row> rows = new LinkedHashMap<>();
    private final Map<Record, Workload> workloads = new HashMap<>();
    private Optional<Gate> gate = Optional.empty();
    private long stateBytes;

    /** @param deadline in nanoseconds, past which no length is begun that is not expected to end before it */
    Measured(Question question, Dispatcher backend, Implementation who, long deadline) {
        this.question = question;
        this.backend = backend;
        this.on = who == Implementation.NAIVE ? new Naive(backend) : backend;
        this.deadline = deadline;
    }

    /** Measures; {@code told} hears the share done. */
    <C extends Record> Measured run(
            LayerProvider<C> p, C config, Models.Options options, BiConsumer<Double, String> told) {
        int done = 0;
        for (int length : question.lengths()) {
            told.accept((double) done++ / question.lengths().size(), "length " + length);
            rows.put(length, row(p, config, options, length));
        }
        // The first length ran while the compiler was still at work: it is measured again, now that it is not.
        int first = question.lengths().getFirst();
        if (question.lengths().size() > 1 && rows.get(first).cell().isPresent()) {
            rows.merge(first, row(p, config, options, first), Measured::faster);
        }
        return this;
    }

    private static Row faster(Row a, Row b) {
        boolean second = b.cell().isPresent()
                && b.cell().get().timing().min()
                        < a.cell().orElseThrow().timing().min();
        return second ? b : a;
    }

    private <C extends Record> Row row(LayerProvider<C> p, C config, Models.Options options, int length) {
        try {
            refuseHopeless(length);
            Built<C> here = built(p, config, options, length);
            int few = Gate.length(length);
            Workload small = built(p, config, options, few).workload();
            if (gate.isEmpty() || !gate.get().serves(small, few)) {
                gate = Optional.of(new Gate(small, question, on, few));
            }
            Workload w = here.workload();
            Gate.Verdict verdict = gate.get().check(w, length);
            return new Row(Optional.of(TensorScope.use(() -> cell(w, length, verdict))), "");
        } catch (ZooException e) {
            if (e.code() == ErrorCode.CANCELLED) {
                throw e;
            }
            return new Row(Optional.empty(), e.getMessage());
        } catch (RuntimeException e) {
            return new Row(Optional.empty(), "the layer threw " + e);
        } finally {
            Memory.trim();
        }
    }

    /** A workload and its configuration; lengths of one configuration share one. */
    private record Built<C>(C config, Workload workload) {}

    private <C extends Record> Built<C> built(LayerProvider<C> p, C config, Models.Options options, int length) {
        C here = at(p, config, length);
        Workload w = workloads.computeIfAbsent(here, c -> Workloads.of(p, here, question, options));
        return new Built<>(here, w);
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

    private Cell cell(Workload w, int length, Gate.Verdict gate) {
        Runnable body = body(w, length, on);
        backend.clearFallbacks();
        Memory.resetPeak();
        long before = Memory.liveBytes();
        TensorScope.run(body);
        long peak = Memory.peakBytes() - before;
        List<String> fallbacks = List.copyOf(backend.fallbacks().keySet());
        long flops = flops(w, length);
        Timing timing = Timing.of(() -> TensorScope.run(body));
        return new Cell(length, timing, peak, stateBytes, flops, fallbacks, gate);
    }

    private Runnable body(Workload w, int length, OpInterpreter with) {
        if (question.pass() == Question.Pass.DECODE) {
            Runs.Decoding d = Runs.Decoding.after(w, length, question.batch(), question.dtype(), with);
            stateBytes = d.state().usage().bytes();
            return d::step;
        }
        Tensors in = w.inputs(length);
        return question.pass() == Question.Pass.FORWARD
                ? () -> Runs.forward(w, in, with)
                : () -> Runs.backward(w, in, with);
    }

    /** Analytic count of one run. */
    private long flops(Workload w, int length) {
        Counting counting = new Counting(on);
        return TensorScope.use(() -> {
            Runnable once = body(w, length, counting);
            long before = counting.flops();
            once.run();
            return counting.flops() - before;
        });
    }

    /** Lengths whose time, extrapolated from the last two, would not end before the job's limit. */
    private void refuseHopeless(int length) {
        List<Cell> known = cells();
        double left = (deadline - System.nanoTime()) / 1e9;
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

    List<Cell> cells() {
        return rows.values().stream().flatMap(r -> r.cell().stream()).toList();
    }

    Map<Integer, Row> rows() {
        return rows;
    }
}
