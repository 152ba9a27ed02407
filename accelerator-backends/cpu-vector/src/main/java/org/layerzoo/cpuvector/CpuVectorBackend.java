package org.layerzoo.cpuvector;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.layerzoo.core.exec.Backend;
import org.layerzoo.core.exec.Reference;
import org.layerzoo.core.op.Op;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.op.dense.LinearMap;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorScope;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.cpuvector.op.dense.ResidualSum;
import org.layerzoo.cpuvector.op.dense.WaitingMap;
import org.layerzoo.cpuvector.op.elementwise.CastKernel;
import org.layerzoo.cpuvector.op.elementwise.Chain;
import org.layerzoo.cpuvector.op.elementwise.InHalves;
import org.layerzoo.cpuvector.op.elementwise.Pointwise;

/**
 * The CPU by the Vector API. Every primitive runs here: by a vector kernel, by a plain loop, or as the reference's loop
 * (both counted as scalar). Of fused ops it accepts those it has a kernel for. BF16 and F16 are computed in F32 and rounded
 * once an op.
 */
public final class CpuVectorBackend implements Backend {
    private static final CastKernel CAST = new CastKernel();

    @Override
    public String name() {
        return "cpu-vector";
    }

    @Override
    public Availability availability() {
        String summary = "Vector API " + Width.FLOATS.vectorBitSize() + " bit, " + Workers.threads() + " threads";
        return new Availability(true, summary, List.of("species " + Width.FLOATS), Optional.empty());
    }

    /** With the start-up self-test, which notices vector code that the JIT compiler left uncompiled. */
    @Override
    public Availability diagnose() {
        SelfTest.Result r = SelfTest.result();
        return new Availability(true, r.summary(), r.details(), r.remedy());
    }

    @Override
    public boolean onHost() {
        return true;
    }

    @Override
    public Optional<String> refusal(Op op, List<TensorSpec> in) {
        if (op instanceof Primitive) {
            return Optional.empty();
        }
        return Kernels.of(op)
                .map(k -> k.refusal(op, widened(in)))
                .orElseGet(() -> Optional.of("cpu-vector has no kernel for it"));
    }

    @Override
    public String kernel(Op op, List<TensorSpec> in) {
        return kernelFor(op, in).map(k -> k.kind(op, effective(op, in))).orElse("scalar");
    }

    @Override
    public List<Tensor> execute(Op op, List<Tensor> in) {
        List<TensorSpec> specs = in.stream().map(Tensor::spec).toList();
        List<TensorSpec> out = op.infer(specs);
        Optional<Kernel<Op>> kernel = kernelFor(op, specs);
        if (kernel.isEmpty()) {
            return Reference.INSTANCE.apply(op, in);
        }
        Optional<Tensor> sum = ResidualSum.of(op, in);
        if (sum.isPresent()) {
            return List.of(sum.get());
        }
        boolean halves = effective(op, specs) != specs;
        if (halves && !(kernel.get() instanceof Pointwise<Op>)) {
            return narrow(kernel.get(), op, in, out);
        }
        Kernel<Op> k = halves ? new InHalves<>((Pointwise<Op>) kernel.get()) : kernel.get();
        return waiting(k, op, in).map(List::of).orElseGet(() -> k.run(op, in));
    }

    /** The result where the backend waits for a reader: see {@link Chain} and {@link ResidualSum}. */
    private static Optional<Tensor> waiting(Kernel<Op> kernel, Op op, List<Tensor> in) {
        if (op instanceof LinearMap m) {
            return WaitingMap.of(m, in);
        }
        return kernel instanceof Pointwise<Op> p ? Chain.of(p, op, in) : Optional.empty();
    }

    private static Optional<Kernel<Op>> kernelFor(Op op, List<TensorSpec> in) {
        return Kernels.of(op).filter(k -> k.refusal(op, effective(op, in)).isEmpty());
    }

    /** What the kernel sees: movement, casts and matrix products take any dtype, other computation takes F32 for BF16 and F16. */
    private static List<TensorSpec> effective(Op op, List<TensorSpec> in) {
        boolean moves =
                switch (op) {
                    case Primitive.Fold f -> false;
                    case Primitive.Shaping s -> true;
                    case Primitive.Cast c -> true;
                    case Primitive.IndexSelect s -> true;
                    case Primitive.Gather g -> true;
                    case Primitive.ScatterSet s -> true;
                    case Primitive.MatMul m -> true;
                    case LinearMap l -> true;
                    default -> false;
                };
        return moves || in.stream().noneMatch(s -> isHalf(s.dtype())) ? in : widened(in);
    }

    private static List<TensorSpec> widened(List<TensorSpec> in) {
        return in.stream()
                .map(s -> isHalf(s.dtype()) ? new TensorSpec(DType.F32, s.shape()) : s)
                .toList();
    }

    private static boolean isHalf(DType t) {
        return t == DType.BF16 || t == DType.F16;
    }

    private static List<Tensor> narrow(Kernel<Op> kernel, Op op, List<Tensor> in, List<TensorSpec> out) {
        return TensorScope.use(() -> {
            List<Tensor> wide = in.stream()
                    .map(t -> isHalf(t.dtype()) ? cast(t, DType.F32) : t)
                    .toList();
            List<Tensor> y = kernel.run(op, wide);
            List<Tensor> results = new ArrayList<>();
            for (int i = 0; i < y.size(); i++) {
                results.add(
                        y.get(i).dtype() == out.get(i).dtype()
                                ? y.get(i)
                                : cast(y.get(i), out.get(i).dtype()));
            }
            return List.copyOf(results);
        });
    }

    /** At once: what waits would outlive the scope of its input. */
    private static Tensor cast(Tensor x, DType to) {
        return CAST.run(new Primitive.Cast(to), List.of(x)).getFirst();
    }
}
