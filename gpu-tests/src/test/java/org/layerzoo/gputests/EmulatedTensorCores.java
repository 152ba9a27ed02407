package org.layerzoo.gputests;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.exec.Backend;
import org.layerzoo.core.gpu.Gpu;
import org.layerzoo.core.op.Op;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.kernels.GpuRunner;
import org.layerzoo.kernels.device.Device;
import org.layerzoo.kernels.device.GpuContext;
import org.layerzoo.oneapi.opencl.OpenClDevice;

/**
 * The OpenCL device of this machine under the capability of a CUDA device with tensor cores: ops run by the kernels written for these, on
 * the emulation of their instructions in mma.h.
 */
final class EmulatedTensorCores implements Backend {
    static final EmulatedTensorCores BACKEND = new EmulatedTensorCores();
    private static final int CAPABILITY = 80;

    final GpuContext context = new GpuContext(new Claimed(OpenClDevice.open(0)));
    private final GpuRunner runner = new GpuRunner(context);

    private EmulatedTensorCores() {}

    private record Claimed(Device device) implements Device {
        @Override
        public String name() {
            return device.name();
        }

        @Override
        public Gpu.Limits limits() {
            return device.limits();
        }

        @Override
        public int computeCapability() {
            return CAPABILITY;
        }

        @Override
        public Code code() {
            return device.code();
        }

        @Override
        public long allocate(long bytes) {
            return device.allocate(bytes);
        }

        @Override
        public void free(long address) {
            device.free(address);
        }

        @Override
        public Program load(byte[] code, String name) {
            return device.load(code, name);
        }

        @Override
        public Stream stream() {
            return device.stream();
        }
    }

    @Override
    public String name() {
        return "emulated tensor cores";
    }

    @Override
    public Availability availability() {
        return new Availability(true, name(), List.of(), Optional.empty());
    }

    @Override
    public Optional<String> refusal(Op op, List<TensorSpec> in) {
        return runner.refusal(op, in);
    }

    @Override
    public List<Tensor> execute(Op op, List<Tensor> in) {
        return runner.execute(op, in);
    }

    @Override
    public String kernel(Op op, List<TensorSpec> in) {
        return runner.unit(op, in).orElse("common");
    }
}
