package org.layerzoo.kernels.op.rnn;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.layerzoo.core.gpu.Args;
import org.layerzoo.core.gpu.Gpu;
import org.layerzoo.core.gpu.Grid;
import org.layerzoo.core.op.dense.Activation;
import org.layerzoo.core.op.dense.LinearMap;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.kernels.Sources;
import org.layerzoo.kernels.op.linear.LinearMapPlan;
import org.layerzoo.kernels.op.shaping.Moves;

/**
 * A recurrent cell's steps, forward and back; inputs are in the type of arithmetic. Up to 128 units a block takes a sample's whole sequence
 * in one launch, and waits for nobody; more units are spread over blocks, a launch a step. A step multiplies by G H^2 weights, which are
 * read once for every 8 samples (few samples: 2) from the cache that holds them: G H^2 x 4 bytes for 16 G H^2 flops.
 */
final class Walked {
    /** Units that a block takes at once, as {@code rnn.h} says. */
    private static final int UNITS = 64;

    private static final int MOST_UNITS_OF_ONE_BLOCK = 128;
    /** A launch of more steps could outlast what a device that also draws a screen allows. */
    private static final int MOST_STEPS = 1024;

    private static final int MANY_SAMPLES = 8;
    private static final int FEW_SAMPLES = 2;

    private final Cell cell;
    private final List<Tensor> in;
    private final Gpu gpu;
    private final Tensor x;
    private final Tensor hidden;
    private final int batch;
    private final int steps;
    private final int units;
    private final int parts;
    private final int samples;
    /** What the input gives the gates; with {@code keeps} what they gave, and behind the adjoint the gradients to what they were given. */
    private final Tensor gates;
    /** h before each step [B, T, H]. */
    private final Tensor before;
    /** LSTM: the cell before each step; GRU: what the state gave the gate n, where it is kept. */
    private Tensor extra;

    Walked(Cell cell, List<Tensor> in, Gpu gpu) {
        this.cell = cell;
        this.in = in;
        this.gpu = gpu;
        x = in.get(0);
        hidden = in.get(2);
        batch = x.dim(0);
        steps = x.dim(1);
        units = hidden.dim(1);
        parts = units <= MOST_UNITS_OF_ONE_BLOCK ? 1 : (units + UNITS - 1) / UNITS;
        long blocks = (batch + MANY_SAMPLES - 1L) / MANY_SAMPLES * parts;
        samples = batch <= FEW_SAMPLES || blocks < gpu.limits().units() ? FEW_SAMPLES : MANY_SAMPLES;
        gates = new LinearMapPlan()
                .run(
                        new LinearMap(cell.bias(), Activation.NONE),
                        in.subList(0, cell.bias() ? 4 : 2).stream()
                                .filter(t -> t != hidden)
                                .toList(),
                        gpu)
                .getFirst();
        before = everyStep(units);
        extra = before;
    }

    /** What the adjoint is given: a result's cotangent, where it has one. */
    record Cotangents(Optional<Tensor> y, Optional<Tensor> h, Optional<Tensor> c) {}

    /**
     * Gradients to what the gates were given by the input and by the state [B, T, G H], to h_0 and to the cell before the first step [B, H].
     * Only an LSTM has the last.
     */
    record Adjoint(Tensor gates, Tensor back, Tensor h0, Tensor c0) {}

    Tensor before() {
        return before;
    }

    private Tensor everyStep(int width) {
        return gpu.empty(TensorSpec.of(x.dtype(), batch, steps, width));
    }

    private Tensor state() {
        return gpu.empty(TensorSpec.of(x.dtype(), batch, units));
    }

    private Tensor orElse(boolean there, int index, Tensor other) {
        return there ? in.get(index) : other;
    }

    /** The op's results; {@code keeps} what the adjoint needs. */
    List<Tensor> forward(boolean keeps) {
        extra = cell.keepsCell() || keeps ? everyStep(units) : before;
        Tensor y = everyStep(units);
        Tensor h = state();
        Tensor c = cell.keepsCell() ? state() : h;
        // A tensor that the op does not have is never read: any other stands in its place.
        Tensor weights = Moves.permuted(gpu, hidden, 1, 0);
        Tensor h0 = orElse(cell.initial(), cell.initialAt(), x);
        Tensor c0 = orElse(cell.initial() && cell.keepsCell(), cell.initialAt() + 1, x);
        for (int n = 0; n < steps; n += launched(steps, n)) {
            launch(
                    cell.name(),
                    Args.of(gates, weights, orElse(cell.bias(), 4, x), h0, c0)
                            .tensor(orElse(cell.masked(), cell.maskAt(), x))
                            .tensor(before)
                            .tensor(extra)
                            .tensor(y)
                            .tensor(h)
                            .tensor(c)
                            .ints(structure(n, launched(steps, n), keeps, 0)));
        }
        List<Tensor> out = new ArrayList<>(List.of(y, h));
        if (cell.keepsCell()) {
            out.add(c);
        }
        return out;
    }

    /** Goes back behind {@link #forward}, which has kept what is needed. */
    Adjoint adjoint(Cotangents given, boolean toInitial) {
        Tensor back = cell.keepsCell() ? gates : gpu.empty(gates.spec());
        Tensor direct = state();
        Tensor dc = cell.keepsCell() ? state() : direct;
        Tensor dh0 = state();
        int all = steps + (toInitial ? 1 : 0);
        int flags = bit(given.y) | bit(given.h) << 1 | bit(given.c) << 2;
        for (int n = 0; n < all; n += launched(all, n)) {
            launch(
                    cell.name() + "_adjoint",
                    Args.of(gates, back, hidden, orElse(cell.masked(), cell.maskAt(), x), before, extra)
                            .tensor(given.y.orElse(x))
                            .tensor(given.h.orElse(x))
                            .tensor(given.c.orElse(x))
                            .tensor(direct)
                            .tensor(dc)
                            .tensor(dh0)
                            .ints(structure(n, launched(all, n), true, flags)));
        }
        return new Adjoint(gates, back, dh0, dc);
    }

    private static int bit(Optional<Tensor> t) {
        return t.isPresent() ? 1 : 0;
    }

    /** Steps of the launch that begins with step {@code n}. */
    private int launched(int all, int n) {
        return parts == 1 ? Math.min(MOST_STEPS, all - n) : 1;
    }

    private void launch(String function, Args args) {
        gpu.launch(
                Sources.of("rnn", x.dtype(), function + "_" + samples),
                Grid.blocks((batch + samples - 1L) / samples * parts, UNITS * cell.gates()),
                args);
    }

    /** The structure {@code Rnn} of the source. */
    private int[] structure(int first, int count, boolean keeps, int cotangents) {
        return new int[] {
            batch,
            steps,
            units,
            parts,
            first,
            count,
            cell.reverse() ? 1 : 0,
            cell.initial() ? 1 : 0,
            cell.masked() ? 1 : 0,
            cell.bias() ? 1 : 0,
            keeps ? 1 : 0,
            cotangents & 1,
            cotangents >> 1 & 1,
            cotangents >> 2
        };
    }
}
