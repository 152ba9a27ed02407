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
    private final Optional<Library> library;

    /** A vendor's library, asked before our own kernels. Ops it takes have passed our own refusal, so that it may hand them on. */
    public interface Library {
        /**
         * Empty when our own kernels shall run the op.
         *
         * @param runner for the parts of it that the library lacks
         */
        Optional<List<Tensor>> execute(Op op, List<Tensor> in, GpuRunner runner);

        /** Whether it takes the op on such inputs where they lie as usual. */
        boolean takes(Op op, List<TensorSpec> in);
    }

    public GpuRunner(GpuContext context) {
        this(context, Optional.empty());
    }

    public GpuRunner(GpuContext context, Library library) {
        this(context, Optional.of(library));
    }

    private GpuRunner(GpuContext context, Optional<Library> library) {
        this.context = context;
        this.library = library;
    }

    public GpuContext context() {
        return context;
    }

    public Optional<Library> library() {
        return library;
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
        return library.flatMap(l -> l.execute(op, in, this))
                .orElseGet(() -> Plans.of(op).orElseThrow().run(op, in, context));
    }

    /** Whether the library runs it, and not our own kernels. */
    public boolean byLibrary(Op op, List<TensorSpec> in) {
        return library.filter(l -> l.takes(op, in)).isPresent();
    }

    /** The device's special unit that our own kernels run the op on; empty where they compute as on any device. */
    public Optional<String> unit(Op op, List<TensorSpec> in) {
        return Plans.of(op).flatMap(p -> p.unit(op, in, context.computeCapability()));
    }
}
