package org.layerzoo.kernels.op.source;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.gpu.Args;
import org.layerzoo.core.gpu.Gpu;
import org.layerzoo.core.gpu.Grid;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.kernels.Bits;
import org.layerzoo.kernels.Packs;
import org.layerzoo.kernels.Plan;
import org.layerzoo.kernels.Sources;

/** Constants and draws: each element is written once. */
public final class SourcePlan implements Plan<Primitive.Source> {
    private static final int THREADS = 256;

    @Override
    public Optional<String> refusal(Primitive.Source op, List<TensorSpec> in, Gpu.Limits limits) {
        boolean wide = op instanceof Primitive.Iota i && i.dtype().isFloating();
        return wide && !limits.f64()
                ? Optional.of("the device does not compute in F64, in which steps are counted")
                : Optional.empty();
    }

    @Override
    public List<Tensor> run(Primitive.Source op, List<Tensor> in, Gpu gpu) {
        return List.of(
                switch (op) {
                    case Primitive.Fill f -> fill(gpu, f.spec(), f.value());
                    case Primitive.Iota i -> iota(gpu, i);
                    case Primitive.Draw d -> draw(gpu, d);
                });
    }

    /** A tensor that holds one value. */
    public static Tensor fill(Gpu gpu, TensorSpec spec, double value) {
        Tensor y = gpu.empty(spec);
        gpu.launch(
                Sources.moving("moving", spec.dtype(), "fill"),
                Packs.grid(y),
                Args.of(y).i64(y.size()).i64(Bits.of(spec.dtype(), value)));
        return y;
    }

    private static Tensor iota(Gpu gpu, Primitive.Iota op) {
        Tensor y = gpu.empty(TensorSpec.of(op.dtype(), op.n()));
        Args args = Args.of(y).i64(op.n());
        if (op.dtype().isFloating()) {
            args.f64(op.start()).f64(op.step());
        } else {
            args.i64((long) op.start()).i64((long) op.step());
        }
        gpu.launch(Sources.numeric("iota", op.dtype(), "iota"), Grid.over(op.n(), THREADS), args);
        return y;
    }

    /** A thread makes what four random words give. */
    private static Tensor draw(Gpu gpu, Primitive.Draw op) {
        Tensor y = gpu.empty(op.spec());
        DType t = op.spec().dtype();
        int each = t == DType.F64 ? 2 : 4;
        gpu.launch(
                Sources.of("draw", t, op.distribution() == Primitive.Distribution.UNIFORM ? "uniform_" : "normal_"),
                Grid.over((y.size() + each - 1) / each, THREADS),
                Args.of(y).i64(y.size()).i64(op.seed()).i64(op.stream()));
        return y;
    }
}
