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
import org.layerzoo.core.op.recur.Recur;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.kernels.Sources;

/** What the gradients of all recurrences have in common: tensors by name, heads that share keys, and log decays. */
abstract class Adjoint {
    static final int THREADS = 128;
    static final int FEW_THREADS = 64;

    final Gpu gpu;
    final Recur op;
    final Roles r;
    final Tensor o;
    final Tensor after;
    final Tensor dO;
    final Optional<Tensor> dAfter;
    final Map<Integer, Tensor> found = new HashMap<>();
    private final GradientOf g;

    Adjoint(GradientOf g, List<Tensor> in, Gpu gpu) {
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

    /** Puts what is wanted, and perhaps more, into {@code found}. */
    abstract void find();

    final List<Tensor> gradients() {
        find();
        List<Tensor> out = new ArrayList<>();
        g.wanted().forEach(w -> out.add(found.get(w)));
        return out;
    }

    final boolean wants(int input) {
        return g.wanted().contains(input);
    }

    /** The input that holds the states at the start. */
    final int stateAt() {
        return 3 + op.gate().tensors();
    }

    final boolean wantsState() {
        return op.initial() && wants(stateAt());
    }

    final void put(int input, Tensor perHead, Tensor of) {
        if (wants(input)) {
            found.put(input, perHead.dim(1) == of.dim(1) ? perHead : folded(perHead, of));
        }
    }

    final Sweep sweep(Tensor q, Tensor k, Tensor v, Sweep.Gates gates, Sweep.Flow f, double scale, double gain) {
        return new Sweep(gpu, q, k, v, gates, op.diagonal(), f, scale, gain, r.samples(), r.heads());
    }

    final Tensor perHead(Tensor x) {
        return gpu.empty(x.spec().withShape(x.shape().with(1, r.heads())));
    }

    final GpuKernel kernel(String function) {
        return Sources.of("recur", r.q().dtype(), function);
    }

    final int[] structure() {
        return sweep(r.q(), r.k(), r.v(), r.gates(), r.flow(), 1, 1).structure();
    }

    /** Terms x dx and y dy, one a token and gate: [B, H, T, width]; where one gate serves a whole state, summed over its elements. */
    final Tensor[] terms(Tensor x, Tensor dx, Tensor y, Tensor dy, int width) {
        TensorSpec spec = TensorSpec.of(x.dtype(), r.q().dim(0), r.heads(), r.q().dim(2), width);
        Tensor[] out = {gpu.empty(spec), gpu.empty(spec)};
        gpu.launch(
                kernel("decay_terms"),
                Grid.over(out[0].size(), THREADS),
                Args.of(x, dx, y, dy, out[0], out[1])
                        .i64(out[0].size())
                        .i32(width, x.dim(3) / width, x.dim(1), y.dim(1))
                        .ints(structure()));
        return out;
    }

    /** The gradient of log decays from what is read and written by token. */
    final void decay(Tensor read, Tensor written, Tensor gradient) {
        int width = read.dim(3);
        long columns = (long) r.samples() * r.heads() * width;
        gpu.launch(
                kernel("decay_gradient"),
                Grid.over(columns, FEW_THREADS),
                Args.of(read, written, after, dAfter.orElse(after), r.bounds().orElse(after), gradient)
                        .i64(columns)
                        .i32(width)
                        .i32(dAfter.isPresent())
                        .ints(structure()));
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
