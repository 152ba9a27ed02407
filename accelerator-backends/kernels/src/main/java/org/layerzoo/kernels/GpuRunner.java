package org.layerzoo.kernels;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.op.Op;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.kernels.device.GpuContext;

/** Runs ops on one device: what the backends of all GPU drivers share. */
public final class GpuRunner {
    /** Kernels count elements of a result in 31 bits where they divide by sizes. */
    private static final long MOST_ELEMENTS = Integer.MAX_VALUE;

    private final GpuContext context;

    public GpuRunner(GpuContext context) {
        this.context = context;
    }

    public GpuContext context() {
        return context;
    }

    /** Empty when the device runs the op on such inputs, else the reason why it does not. */
    public Optional<String> refusal(Op op, List<TensorSpec> in) {
        Optional<Plan<Op>> plan = Plans.of(op);
        if (plan.isEmpty()) {
            return Optional.of("no GPU kernel for it");
        }
        for (TensorSpec s : in) {
            if (s.shape().size() > MOST_ELEMENTS) {
                return Optional.of("more than " + MOST_ELEMENTS + " elements in " + s);
            }
            if (s.dtype() == DType.F64 && !context.limits().f64()) {
                return Optional.of("the device does not compute in F64");
            }
        }
        for (TensorSpec s : op.infer(in)) {
            if (s.shape().size() > MOST_ELEMENTS) {
                return Optional.of("more than " + MOST_ELEMENTS + " elements in its result " + s);
            }
        }
        return plan.get().refusal(op, in, context.limits());
    }

    public List<Tensor> execute(Op op, List<Tensor> in) {
        return Plans.of(op).orElseThrow().run(op, in, context);
    }
}
