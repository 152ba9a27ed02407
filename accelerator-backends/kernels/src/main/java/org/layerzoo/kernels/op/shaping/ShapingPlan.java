package org.layerzoo.kernels.op.shaping;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.layerzoo.core.gpu.Args;
import org.layerzoo.core.gpu.Gpu;
import org.layerzoo.core.gpu.Grid;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.kernels.Plan;
import org.layerzoo.kernels.Sources;
import org.layerzoo.kernels.Walk;
import org.layerzoo.kernels.op.shaping.Moves.View;

/** Ops that move elements: each element of the result is read and written once; a reshape moves nothing. */
public final class ShapingPlan implements Plan<Primitive.Shaping> {
    @Override
    public Optional<String> refusal(Primitive.Shaping op, List<TensorSpec> in, Gpu.Limits limits) {
        Shape s = in.getFirst().shape();
        // One axis more where windows are cut.
        return op instanceof Primitive.Reshape
                        || s.rank() < Walk.AXES
                                && op.infer(in).getFirst().shape().rank() <= Walk.AXES
                ? Optional.empty()
                : Optional.of("more than " + (Walk.AXES - 1) + " axes");
    }

    @Override
    public List<Tensor> run(Primitive.Shaping op, List<Tensor> in, Gpu gpu) {
        Tensor x = in.getFirst();
        return List.of(
                switch (op) {
                    case Primitive.Reshape r -> x.view(r.to());
                    case Primitive.Permute p -> Moves.permuted(gpu, x, p.order());
                    case Primitive.Expand e -> view(gpu, e.to(), x, 0, Walk.broadcastStrides(x.shape(), e.to()));
                    case Primitive.Slice s -> slice(gpu, s, x);
                    case Primitive.Flip f -> flip(gpu, f, x);
                    case Primitive.Roll r -> roll(gpu, r, x);
                    case Primitive.Unfold u -> unfold(gpu, u, x);
                    case Primitive.Concat c -> concat(gpu, c, in);
                    case Primitive.Pad p -> PadPlan.run(gpu, p, x);
                    case Primitive.Fold f -> fold(gpu, f, x);
                });
    }

    /** A new tensor of shape {@code to} from a view of {@code x}. */
    private static Tensor view(Gpu gpu, Shape to, Tensor x, long start, int[] strides) {
        Tensor y = gpu.empty(x.spec().withShape(to));
        Moves.copy(gpu, to.dims(), new View(x, start, strides), View.of(y));
        return y;
    }

    private static Tensor slice(Gpu gpu, Primitive.Slice op, Tensor x) {
        int[] strides = Moves.strides(x.shape());
        Shape to = op.infer(List.of(x.spec())).getFirst().shape();
        long start = 0;
        for (int a = 0; a < strides.length; a++) {
            start += (long) op.start()[a] * strides[a];
            strides[a] *= op.step()[a];
        }
        return view(gpu, to, x, start, strides);
    }

    private static Tensor flip(Gpu gpu, Primitive.Flip op, Tensor x) {
        int[] strides = Moves.strides(x.shape());
        long start = 0;
        for (int a : op.axes()) {
            start += (long) (x.dim(a) - 1) * strides[a];
            strides[a] = -strides[a];
        }
        return view(gpu, x.shape(), x, start, strides);
    }

    private static Tensor unfold(Gpu gpu, Primitive.Unfold op, Tensor x) {
        int[] strides = Arrays.copyOf(Moves.strides(x.shape()), x.rank() + 1);
        strides[x.rank()] = op.dilation() * strides[op.axis()];
        strides[op.axis()] *= op.step();
        return view(gpu, op.infer(List.of(x.spec())).getFirst().shape(), x, 0, strides);
    }

    /** The two pieces of every line change places. */
    private static Tensor roll(Gpu gpu, Primitive.Roll op, Tensor x) {
        Tensor y = gpu.empty(x.spec());
        int n = x.dim(op.axis());
        int shift = n == 0 ? 0 : Math.floorMod(op.shift(), n);
        piece(gpu, op.axis(), n - shift, x, 0, y, shift);
        piece(gpu, op.axis(), shift, x, n - shift, y, 0);
        return y;
    }

    private static Tensor concat(Gpu gpu, Primitive.Concat op, List<Tensor> in) {
        Tensor y = gpu.empty(op.infer(in.stream().map(Tensor::spec).toList()).getFirst());
        int at = 0;
        for (Tensor x : in) {
            piece(gpu, op.axis(), x.dim(op.axis()), x, 0, y, at);
            at += x.dim(op.axis());
        }
        return y;
    }

    /** {@code n} elements of an axis of x from {@code from} to those of y from {@code to}. */
    private static void piece(Gpu gpu, int axis, int n, Tensor x, int from, Tensor y, int to) {
        int inner = (int) x.shape().product(axis + 1, x.rank());
        int[] sizes = {(int) x.shape().product(0, axis), n * inner};
        Moves.copy(
                gpu,
                sizes,
                new View(x, (long) from * inner, new int[] {x.dim(axis) * inner, 1}),
                new View(y, (long) to * inner, new int[] {y.dim(axis) * inner, 1}));
    }

    /** Every element of the result gathers its windows, in their order. */
    private static Tensor fold(Gpu gpu, Primitive.Fold op, Tensor x) {
        Tensor y = gpu.empty(op.infer(List.of(x.spec())).getFirst());
        int axis = op.axis();
        int outer = (int) y.shape().product(0, axis);
        int inner = (int) y.shape().product(axis + 1, y.rank());
        Walk w = Walk.apart(
                new int[] {outer, op.length(), inner}, new int[] {1, 0, 0}, new int[] {0, 1, 0}, new int[] {0, 0, 1});
        gpu.launch(
                Sources.of("fold", x.dtype(), "fold"),
                Grid.over(y.size(), 256),
                Args.of(x, y)
                        .i64(y.size())
                        .i32(x.dim(axis), inner, x.dim(-1), op.step(), op.dilation())
                        .ints(w.packed().orElseThrow()));
        return y;
    }
}
