package org.layerzoo.kernels.op.elementwise;

import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.gpu.Args;
import org.layerzoo.core.gpu.Gpu;
import org.layerzoo.core.gpu.Grid;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.op.Primitive.BinaryFn;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.kernels.Packs;
import org.layerzoo.kernels.Plan;
import org.layerzoo.kernels.Walk;
import org.layerzoo.kernels.op.indexing.Ranges;

/**
 * (x, y) -> fn(x, y) with broadcast. Reads both and writes the result once. Operands of the result's shape, and single elements, take
 * the kernels without index arithmetic.
 */
public final class BinaryPlan implements Plan<Primitive.Binary> {
    private static final ByDType<BinaryFn> FLAT = new ByDType<>(BinaryFn.class, "binary", "_flat");
    private static final ByDType<BinaryFn> WALK = new ByDType<>(BinaryFn.class, "binary", "_walk");

    private static final ByDType<BinaryFn> ROWS = new ByDType<>(BinaryFn.class, "binary", "_rows");
    /** Those bound by arithmetic, for which there is no form in packs. */
    private static final Set<BinaryFn> LONG =
            EnumSet.of(BinaryFn.POW, BinaryFn.ATAN2, BinaryFn.LOGADDEXP, BinaryFn.MOD, BinaryFn.FLOOR_DIV);

    @Override
    public Optional<String> refusal(Primitive.Binary op, List<TensorSpec> in, Gpu.Limits limits) {
        Shape x = in.get(0).shape();
        Shape y = in.get(1).shape();
        Shape z = op.infer(in).getFirst().shape();
        return flat(x, z) && flat(y, z) || z.rank() <= Walk.AXES
                ? Optional.empty()
                : Walk.refusal(Walk.broadcast(z, x, y));
    }

    private static boolean flat(Shape operand, Shape result) {
        return operand.size() == result.size() || operand.size() == 1;
    }

    @Override
    public List<Tensor> run(Primitive.Binary op, List<Tensor> in, Gpu gpu) {
        Tensor x = in.get(0);
        Tensor y = in.get(1);
        if (x.dtype().isInteger() && (op.fn() == BinaryFn.MOD || op.fn() == BinaryFn.FLOOR_DIV)) {
            divisors(op, y, gpu);
        }
        Tensor z = gpu.empty(op.infer(List.of(x.spec(), y.spec())).getFirst());
        Args args = Args.of(x, y, z).i64(z.size());
        if (flat(x.shape(), z.shape()) && flat(y.shape(), z.shape())) {
            args.i32(x.size() == z.size()).i32(y.size() == z.size());
            gpu.launch(FLAT.of(op.fn(), x.dtype()), Packs.grid(x, z.size()), args);
        } else {
            walked(op.fn(), x, y, z, args, gpu);
        }
        return List.of(z);
    }

    private static void walked(BinaryFn fn, Tensor x, Tensor y, Tensor z, Args args, Gpu gpu) {
        Walk w = Walk.joined(
                z.shape().dims(),
                Walk.broadcastStrides(x.shape(), z.shape()),
                Walk.broadcastStrides(y.shape(), z.shape()));
        int last = w.rank() - 1;
        int pack = Packs.elements(x);
        if (!LONG.contains(fn) && w.size(last) % pack == 0 && w.stride(0, last) <= 1 && w.stride(1, last) <= 1) {
            args.i32(w.stride(0, last), w.stride(1, last))
                    .ints(w.overPacks(pack).packed().orElseThrow());
            gpu.launch(ROWS.of(fn, x.dtype()), Packs.grid(x, z.size()), args);
        } else {
            args.ints(w.packed().orElseThrow());
            gpu.launch(WALK.of(fn, x.dtype()), Grid.over(z.size(), 256), args);
        }
    }

    private static void divisors(Primitive.Binary op, Tensor y, Gpu gpu) {
        if (Ranges.hasZero(y, gpu)) {
            throw ZooException.badArgument(op.name() + ": integer division by zero: nonzero y expected");
        }
    }
}
