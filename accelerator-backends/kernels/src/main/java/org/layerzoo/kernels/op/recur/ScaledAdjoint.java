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
import org.layerzoo.kernels.op.recur.Sweep.Kind;

/**
 * Gradients of recurrences whose gates scale the state: with D_t the adjoint of the state that token t reads,
 *
 * <pre>
 *   D_t = scale q_t do_t^T + G_{t+1} D_{t+1}    against time, from the end state's cotangent
 *   dv_t = D_t^T k_t,  dk_t = D_t v_t           two sweeps against time
 *   dq_t = scale S_t do_t                       one sweep with time
 * </pre>
 *
 * and the gates' gradients from those (see {@code recur.c}). No state is stored. Three times the work of the forward sweep.
 */
final class ScaledAdjoint extends Adjoint {
    ScaledAdjoint(GradientOf g, List<Tensor> in, Gpu gpu) {
        super(g, in, gpu);
    }

    @Override
    void find() {
        boolean gate = wants(3) && op.gate().tensors() > 0;
        boolean ofValues = gate && op.gate() instanceof Gate.Value;
        Tensor dq = wants(0) || gate && !ofValues ? dq() : null;
        Tensor dk = wants(1) || gate && !ofValues ? dk() : null;
        Tensor dv = wants(2) || ofValues || wantsState() ? dv() : null;
        if (gate) {
            Tensor d = ofValues ? decay(o, dO, r.v(), dv, r.v().dim(3)) : decay(r.q(), dq, r.k(), dk, r.q().dim(3));
            found.put(3, op.gate() instanceof Gate.PerHead ? summed(d) : d);
        }
        put(0, dq, r.q());
        put(1, dk, r.k());
        put(2, dv, r.v());
    }

    /** The adjoint's way: against the op's, by lagged gates unless a token reads the state before its own decay. */
    private Sweep.Flow adjoint(boolean flipped) {
        Sweep.Flow f = r.flow();
        boolean lagged = op.diagonal() != Diagonal.BEFORE;
        return new Sweep.Flow(!f.reverse(), lagged, flipped, f.bounds(), f.segment(), f.longest());
    }

    private Tensor dv() {
        Tensor dv = perHead(r.v());
        Optional<Tensor> dBefore =
                wantsState() ? Optional.of(gpu.empty(r.before().orElseThrow().spec())) : Optional.empty();
        sweep(r.k(), r.q(), dO, r.gates(), adjoint(false), 1, op.scale()).run(dAfter, Optional.of(dv), dBefore);
        dBefore.ifPresent(d -> found.put(stateAt(), d));
        return dv;
    }

    private Tensor dk() {
        Tensor dk = perHead(r.k());
        sweep(r.v(), dO, r.q(), exchanged(), adjoint(true), 1, op.scale())
                .run(dAfter, Optional.of(dk), Optional.empty());
        return dk;
    }

    private Tensor dq() {
        Tensor dq = perHead(r.q());
        sweep(dO, r.v(), r.k(), exchanged(), r.flow().turned(), op.scale(), 1)
                .run(r.before(), Optional.of(dq), Optional.empty());
        return dq;
    }

    /** Rows and columns of the state change places. */
    private Sweep.Gates exchanged() {
        Sweep.Gates x = r.gates();
        Kind kind =
                switch (x.kind()) {
                    case KEY -> Kind.VALUE;
                    case VALUE -> Kind.KEY;
                    default -> x.kind();
                };
        return new Sweep.Gates(kind, x.decay(), x.beta());
    }

    private Tensor decay(Tensor x, Tensor dx, Tensor y, Tensor dy, int elements) {
        boolean whole = op.gate() instanceof Gate.Scalar || op.gate() instanceof Gate.PerHead;
        Tensor[] terms = terms(x, dx, y, dy, whole ? 1 : elements);
        TensorSpec result = TensorSpec.of(r.q().dtype(), r.q().dim(0), r.heads(), r.q().dim(2));
        Tensor d = gpu.empty(whole ? result : terms[0].spec());
        decay(terms[0], terms[1], d);
        return d;
    }

    /** One decay a head: summed over samples and tokens. */
    private Tensor summed(Tensor d) {
        Tensor y = gpu.empty(TensorSpec.of(d.dtype(), r.heads()));
        gpu.launch(
                kernel("fold_tokens"),
                Grid.over(r.heads(), FEW_THREADS),
                Args.of(d, y).i32(d.dim(0)).ints(structure()));
        return y;
    }
}
