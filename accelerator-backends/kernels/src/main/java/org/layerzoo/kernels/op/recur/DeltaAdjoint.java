package org.layerzoo.kernels.op.recur;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.gpu.Args;
import org.layerzoo.core.gpu.Gpu;
import org.layerzoo.core.gpu.Grid;
import org.layerzoo.core.op.GradientOf;
import org.layerzoo.core.op.recur.Diagonal;
import org.layerzoo.core.op.recur.Gate;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.kernels.Sources;

/**
 * Gradients of the delta rule: what it writes is computed again, with states stored at the segments' borders only, then the adjoint runs
 * against time by columns (dv) and by rows (dk) of the state (see {@code delta_gradient.c}). About four times the work of the forward sweep.
 */
final class DeltaAdjoint extends Adjoint {
    DeltaAdjoint(GradientOf g, List<Tensor> in, Gpu gpu) {
        super(g, in, gpu);
    }

    @Override
    void find() {
        Sweep forward = sweep(r.q(), r.k(), r.v(), r.gates(), r.flow(), op.scale(), 1);
        Tensor error = gpu.empty(r.v().spec());
        Sweep.Joints states = forward.joints(r.before(), gpu.empty(after.spec()));
        forward.from(states.starts(), Optional.of(error), Sweep.Writes.ERROR);
        Tensor u = gpu.empty(r.v().spec());
        launch(
                "delta_values",
                Grid.over(u.size(), THREADS),
                Args.of(error, r.gates().beta(), u).i64(u.size()).i32(forward.dv()));

        Tensor du = gpu.empty(r.v().spec());
        Tensor dv = gpu.empty(r.v().spec());
        Tensor behind = columns(forward, states.matrix().orElseThrow(), du, dv);
        Tensor dk = readKept(dv, u, states.starts());
        rows(forward, behind, dv, u, dk);
        Tensor dq = gpu.empty(dk.spec());
        plain(dO, u, op.diagonal(), op.scale()).from(states.starts(), Optional.of(dq), Sweep.Writes.READ);

        put(0, dq, r.q());
        put(1, dk, r.k());
        found.put(2, dv);
        gates(dq, du, dv, error);
    }

    private void launch(String function, Grid grid, Args args) {
        gpu.launch(Sources.of("delta_gradient", r.q().dtype(), function), grid, args);
    }

    /** Writes du and dv; returns the adjoint behind every segment. */
    private Tensor columns(Sweep s, Tensor matrix, Tensor du, Tensor dv) {
        Tensor ends = s.segmentStates();
        Tensor behind = s.segmentStates();
        Tensor dBefore = gpu.empty(after.spec());
        columns(s, r.q(), ends, false, du, dv);
        s.combineMatrix(ends, matrix, dAfter, behind, dBefore, true);
        columns(s, behind, ends, true, du, dv);
        if (wantsState()) {
            found.put(stateAt(), dBefore);
        }
        return behind;
    }

    private void columns(Sweep s, Tensor from, Tensor to, boolean given, Tensor du, Tensor dv) {
        Sweep.Gates x = s.gates();
        Args args = Args.of(r.q(), r.k(), dO, x.decay(), x.beta(), from, s.bounds(), du, dv, to);
        launch(
                "delta_columns_" + Sweep.held(s.dk()),
                s.grid(s.dv()),
                s.number(args, op.scale()).ints(s.structure(given, given)));
    }

    /** Adds D u to dk. */
    private void rows(Sweep s, Tensor behind, Tensor dv, Tensor u, Tensor dk) {
        Args args = Args.of(r.q(), r.k(), dO, dv, u, s.gates().decay(), behind, s.bounds(), dk);
        launch(
                "delta_rows_" + Sweep.held(s.dv()),
                s.grid(s.dk()),
                s.number(args, op.scale()).ints(s.structure(true, true)));
    }

    /** - kept dv: the state of every token after its decay. */
    private Tensor readKept(Tensor dv, Tensor u, Tensor starts) {
        Tensor dk = perHead(r.k());
        plain(dv, u, Diagonal.EXCLUSIVE, -1).from(starts, Optional.of(dk), Sweep.Writes.READ);
        return dk;
    }

    /** The same states with what is written given, by rows: a recurrence that only decays. */
    private Sweep plain(Tensor read, Tensor u, Diagonal diagonal, double scale) {
        Sweep.Gates x = r.gates();
        Sweep.Kind kind = x.kind() == Sweep.Kind.DELTA_DECAY ? Sweep.Kind.SCALAR : Sweep.Kind.NONE;
        Sweep.Gates decay = new Sweep.Gates(kind, x.decay(), x.beta());
        return new Sweep(gpu, read, u, r.k(), decay, diagonal, r.flow().turned(), scale, 1, r.samples(), r.heads());
    }

    private void gates(Tensor dq, Tensor du, Tensor dv, Tensor error) {
        Tensor dBeta = gpu.empty(r.gates().beta().spec());
        launch(
                "delta_beta",
                Grid.blocks(dBeta.size(), Sweep.COLUMNS),
                Args.of(du, error, dBeta).i32(du.dim(3)));
        found.put(3, dBeta);
        if (((Gate.Delta) op.gate()).decays() && wants(4)) {
            Tensor read = terms(r.q(), dq, r.q(), dq, 1)[0];
            Tensor written = terms(r.v(), dv, r.v(), dv, 1)[1];
            Tensor d = gpu.empty(TensorSpec.of(dBeta.dtype(), dBeta.shape().dims()));
            decay(read, written, d);
            found.put(4, d);
        }
    }
}
