package org.layerzoo.kernels.op.softmax;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.gpu.Args;
import org.layerzoo.core.gpu.Gpu;
import org.layerzoo.core.op.softmax.Softmax;
import org.layerzoo.core.op.softmax.Softmax.EmptyRow;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.kernels.Lines;
import org.layerzoo.kernels.Plan;
import org.layerzoo.kernels.Sources;
import org.layerzoo.kernels.Walk;

/**
 * Softmax of a line by up to 256 threads: x is read once from memory and once from cache, y is written once, so it runs at the memory's
 * rate; about 8 flops and two exponentials an element.
 */
public final class SoftmaxPlan implements Plan<Softmax> {
    @Override
    public Optional<String> refusal(Softmax op, List<TensorSpec> in, Gpu.Limits limits) {
        return lines(op, in.getFirst().shape(), mask(op, in), 1).isPresent()
                ? Optional.empty()
                : Optional.of("more than 8 axes along which the mask broadcasts");
    }

    private static Shape mask(Softmax op, List<TensorSpec> in) {
        return op.masked() ? in.get(1).shape() : Shape.of();
    }

    private static Optional<Lines> lines(Softmax op, Shape x, Shape mask, int units) {
        int axis = x.axis(op.axis());
        int rank = x.rank();
        int[] sizes = new int[rank - 1];
        int[] own = new int[rank - 1];
        int[] masks = new int[rank - 1];
        int at = rank - 2;
        for (int a = rank - 1; a >= 0; a--) {
            if (a != axis) {
                sizes[at] = x.dim(a);
                own[at] = Math.toIntExact(x.product(a + 1, rank));
                masks[at--] = stride(mask, rank, a);
            }
        }
        return Walk.of(sizes, own, masks).map(w -> Lines.along(x, axis, w, units));
    }

    /** Of axis a of a tensor of {@code rank} axes to which the mask broadcasts. */
    private static int stride(Shape mask, int rank, int a) {
        int own = a - (rank - mask.rank());
        return own < 0 || mask.dim(own) == 1 ? 0 : Math.toIntExact(mask.product(own + 1, mask.rank()));
    }

    @Override
    public List<Tensor> run(Softmax op, List<Tensor> in, Gpu gpu) {
        Tensor x = in.getFirst();
        Shape mask = mask(op, in.stream().map(Tensor::spec).toList());
        Lines l = lines(op, x.shape(), mask, gpu.limits().units()).orElseThrow();
        int axis = x.shape().axis(op.axis());
        boolean ownsAxis = axis >= x.rank() - mask.rank();
        EmptyRow empty = op.empty() == EmptyRow.ATTEND_ALL && !ownsAxis ? EmptyRow.ZERO : op.empty();
        Tensor y = gpu.empty(x.spec());
        gpu.launch(
                Sources.of("softmax", x.dtype(), "softmax"),
                l.grid(),
                Args.of(x, op.masked() ? in.get(1) : x, y)
                        .ints(l.packed())
                        .ints(l.walk())
                        .i32(l.step(), stride(mask, x.rank(), axis))
                        .i32(op.masked())
                        .i32(op.log())
                        .i32(empty.ordinal()));
        return List.of(y);
    }
}
