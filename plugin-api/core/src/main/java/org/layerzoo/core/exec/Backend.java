package org.layerzoo.core.exec;

import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.op.Op;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.core.tensor.Tensors;

/** A device family that executes ops. Found by ServiceLoader; opened once. */
public interface Backend {
    /** As users name it: cpu-vector, cuda, oneapi, reference. */
    String name();

    /** What was found and whether it can be used; never throws. */
    Availability availability();

    /** Whether {@code auto} takes it where it is usable, before the CPU. */
    default boolean automatic() {
        return false;
    }

    /** {@link #availability} with a measurement of whether it runs as fast as it should, which may take seconds; what {@code zoo doctor} shows. */
    default Availability diagnose() {
        return availability();
    }

    /**
     * This backend on one of its devices.
     *
     * @param device what stands behind the backend's name and a colon; empty means the best one
     * @throws org.layerzoo.core.ZooException NO_BACKEND, with what there is, if there is no such device or it cannot be used
     */
    default Backend on(String device) {
        if (device.isEmpty()) {
            return this;
        }
        throw new ZooException(
                ErrorCode.NO_BACKEND, "backend " + name() + " has no devices to choose from, given '" + device + "'");
    }

    /** Whether it computes on tensors where they lie, so that a fused op it refuses is the next backend's and not decomposed. */
    default boolean onHost() {
        return false;
    }

    /** Bytes of device memory that tensors have taken at most since {@link #resetPeak}; 0 where tensors lie in host memory. */
    default long peakBytes() {
        return 0;
    }

    default void resetPeak() {}

    /** Empty when this backend runs the op on such inputs, else the reason why it does not. */
    Optional<String> refusal(Op op, List<TensorSpec> in);

    /** Runs an op that was not refused. */
    List<Tensor> execute(Op op, List<Tensor> in);

    /**
     * Records what {@code forward} queues, so that it can be run again without its host side: for short work that is repeated with other
     * numbers of the same shapes, where the host would else be slower than the device. Weights and other tensors that {@code forward}
     * reads must live as long as the recording, and {@code forward} must not read results on the host.
     *
     * @throws ZooException UNSUPPORTED if the backend records nothing, or part of the work did not run on its device
     */
    default Recorded record(Tensors in, UnaryOperator<Tensors> forward) {
        throw new ZooException(ErrorCode.UNSUPPORTED, "backend " + name() + " records no work for replay");
    }

    /** Recorded work on a device. */
    interface Recorded extends AutoCloseable {
        /**
         * Runs it on numbers of the recorded shapes. The results lie where those of the last run lay: read them, or copy them, before the next.
         *
         * @throws ZooException BAD_TENSORS if names, types or shapes are not the recorded ones
         */
        Tensors replay(Tensors in);

        @Override
        void close();
    }

    /** How it runs an op that it accepts: "vector", "scalar", "ptx"...; shown by {@code zoo doctor}. */
    String kernel(Op op, List<TensorSpec> in);

    /** Whether a backend can be used here, what it found and what would make it usable. */
    record Availability(boolean usable, String summary, List<String> details, Optional<String> remedy) {}
}
