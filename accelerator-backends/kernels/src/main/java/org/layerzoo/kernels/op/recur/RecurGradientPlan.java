package org.layerzoo.kernels.op.recur;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.layerzoo.core.gpu.Args;
import org.layerzoo.core.gpu.Gpu;
import org.layerzoo.core.gpu.GpuKernel;
import org.layerzoo.core.gpu.Grid;
import org.layerzoo.core.op.GradientOf;
import org.layerzoo.core.op.recur.Diagonal;
import org.layerzoo.core.op.recur.Gate;
import org.layerzoo.core.op.recur.Recur;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorScope;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.kernels.Plan;
import org.layerzoo.kernels.Sources;
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
public final class RecurGradientPlan implements Plan<GradientOf> {
    private static final int THREADS = 128;
    private static final int FEW_THREADS = 64;

    @Override
    public Optional<String> refusal(GradientOf g, List<TensorSpec> in, Gpu.Limits limits) {
        Recur op = (Recur) g.op();
        if (op.gate() instanceof Gate.Delta) {
            return Optional.of("no GPU kernel for the gradient of the delta rule");
        }
        if (in.getFirst().dtype() != DType.F32 && in.getFirst().dtype() != DType.F64) {
            return Optional.of(
                    "computed in F32 or F64 only, given " + in.getFirst().dtype());
        }
        if (op.gate() instanceof Gate.PerHead
                && g.wanted().contains(3)
                && in.getFirst().dtype() == DType.F32) {
            // One number a head from a difference of sums over all tokens: F32 leaves four digits of it.
            return Optional.of("the gradient of a decay a head loses its digits in F32");
        }
        if (!g.given().contains(0)) {
            return Optional.of("no cotangent of o");
        }
        int rows = Math.max(in.get(0).shape().dim(3), in.get(2).shape().dim(3));
        return RecurPlan.refusal(op, in.subList(0, g.inputs()), rows);
    }

    @Override
    public List<Tensor> run(GradientOf g, List<Tensor> in, Gpu gpu) {
        return TensorScope.use(() -> new Run(g, in, gpu).gradients());
    }

    private static final class Run {
        private final GradientOf g;
        private final Gpu gpu;
        private final Recur op;
        private final Roles r;
        private final Tensor o;
        private final Tensor after;
        private final Tensor dO;
        private final Optional<Tensor> dAfter;
        private final Map<Integer, Tensor> found = new HashMap<>();

        Run(GradientOf g, List<Tensor> in, Gpu gpu) {
            this.g = g;
            this.gpu = gpu;
            this.op = (Recur) g.op();
            this.r = new Roles(op, in.subList(0, g.inputs()));
            this.o = in.get(g.inputs());
            this.after = in.get(g.inputs() + 1);
            List<Tensor> cotangents = in.subList(g.inputs() + g.outputs(), in.size());
            this.dO = cotangents.get(g.given().indexOf(0));
            this.dAfter =
                    g.given().contains(1) ? Optional.of(cotangents.get(g.given().indexOf(1))) : Optional.empty();
        }

        List<Tensor> gradients() {
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
            List<Tensor> out = new ArrayList<>();
            g.wanted().forEach(w -> out.add(found.get(w)));
            return out;
        }

        private boolean wants(int input) {
            return g.wanted().contains(input);
        }

        private boolean wantsState() {
            return op.initial() && wants(3 + op.gate().tensors());
        }

        private void put(int input, Tensor perHead, Tensor of) {
            if (wants(input)) {
                found.put(input, perHead.dim(1) == of.dim(1) ? perHead : folded(perHead, of));
            }
        }

        /** The adjoint's way: against the op's, by lagged gates unless a token reads the state before its own decay. */
        private Sweep.Flow adjoint(boolean flipped) {
            Sweep.Flow f = r.flow();
            boolean lagged = op.diagonal() != Diagonal.BEFORE;
            return new Sweep.Flow(!f.reverse(), lagged, flipped, f.bounds(), f.segment(), f.longest());
        }

        private Tensor dv() {
            Tensor dv = gpu.empty(perHead(r.v()));
            int state = 3 + op.gate().tensors();
            Optional<Tensor> dBefore = wantsState()
                    ? Optional.of(gpu.empty(r.before().orElseThrow().spec()))
                    : Optional.empty();
            sweep(r.k(), r.q(), dO, r.gates(), adjoint(false), 1, op.scale()).run(dAfter, Optional.of(dv), dBefore);
            dBefore.ifPresent(d -> found.put(state, d));
            return dv;
        }

        private Tensor dk() {
            Tensor dk = gpu.empty(perHead(r.k()));
            sweep(r.v(), dO, r.q(), exchanged(), adjoint(true), 1, op.scale())
                    .run(dAfter, Optional.of(dk), Optional.empty());
            return dk;
        }

        private Tensor dq() {
            Tensor dq = gpu.empty(perHead(r.q()));
            Sweep.Flow f = r.flow();
            Sweep.Flow flipped = new Sweep.Flow(f.reverse(), false, true, f.bounds(), f.segment(), f.longest());
            sweep(dO, r.v(), r.k(), exchanged(), flipped, op.scale(), 1)
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

        private Sweep sweep(Tensor q, Tensor k, Tensor v, Sweep.Gates gates, Sweep.Flow f, double scale, double gain) {
            return new Sweep(gpu, q, k, v, gates, op.diagonal(), f, scale, gain, r.samples(), r.heads());
        }

        private TensorSpec perHead(Tensor x) {
            return x.spec().withShape(x.shape().with(1, r.heads()));
        }

        private GpuKernel kernel(String function) {
            return Sources.of("recur", r.q().dtype(), function);
        }

        /** The gradient of log decays, one a token and element of the gate. */
        private Tensor decay(Tensor x, Tensor dx, Tensor y, Tensor dy, int elements) {
            boolean whole = op.gate() instanceof Gate.Scalar || op.gate() instanceof Gate.PerHead;
            int width = whole ? 1 : elements;
            int batch = r.q().dim(0);
            TensorSpec spec = TensorSpec.of(r.q().dtype(), batch, r.heads(), r.q().dim(2), width);
            Tensor read = gpu.empty(spec);
            Tensor written = gpu.empty(spec);
            int[] structure =
                    sweep(r.q(), r.k(), r.v(), r.gates(), r.flow(), 1, 1).structure();
            gpu.launch(
                    kernel("decay_terms"),
                    Grid.over(read.size(), THREADS),
                    Args.of(x, dx, y, dy, read, written)
                            .i64(read.size())
                            .i32(width, elements / width, x.dim(1), y.dim(1))
                            .ints(structure));
            TensorSpec result = TensorSpec.of(spec.dtype(), batch, r.heads(), r.q().dim(2));
            Tensor d = gpu.empty(whole ? result : spec);
            long columns = (long) r.samples() * r.heads() * width;
            gpu.launch(
                    kernel("decay_gradient"),
                    Grid.over(columns, FEW_THREADS),
                    Args.of(
                                    read,
                                    written,
                                    after,
                                    dAfter.orElse(after),
                                    r.bounds().orElse(after),
                                    d)
                            .i64(columns)
                            .i32(width)
                            .i32(dAfter.isPresent())
                            .ints(structure));
            return d;
        }

        /** One decay a head: summed over samples and tokens. */
        private Tensor summed(Tensor d) {
            Tensor y = gpu.empty(TensorSpec.of(d.dtype(), r.heads()));
            gpu.launch(
                    kernel("fold_tokens"),
                    Grid.over(r.heads(), FEW_THREADS),
                    Args.of(d, y)
                            .i32(d.dim(0))
                            .ints(sweep(r.q(), r.k(), r.v(), r.gates(), r.flow(), 1, 1)
                                    .structure()));
            return y;
        }

        private Tensor folded(Tensor x, Tensor like) {
            Tensor y = gpu.empty(like.spec());
            gpu.launch(
                    kernel("fold_heads"),
                    Grid.over(y.size(), THREADS),
                    Args.of(x, y)
                            .i64(y.size())
                            .i64((long) like.dim(2) * like.dim(3))
                            .i32(x.dim(1) / like.dim(1)));
            return y;
        }
    }
}
