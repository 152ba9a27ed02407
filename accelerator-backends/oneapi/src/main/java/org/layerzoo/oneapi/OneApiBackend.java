package org.layerzoo.oneapi;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.exec.Backend;
import org.layerzoo.core.op.Op;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.kernels.GpuRunner;
import org.layerzoo.kernels.device.GpuContext;
import org.layerzoo.kernels.device.Lazy;

/**
 * Intel GPUs by Level Zero, and every device with an OpenCL driver that takes our SPIR-V: {@code oneapi} takes the best,
 * {@code oneapi:level-zero[:n]} and {@code oneapi:opencl[:n]} name one, {@code oneapi:onednn} is the library on the CPU.
 */
public final class OneApiBackend implements Backend {
    private static final String ONE_DNN = "onednn";

    private final Map<String, Backend> open = new ConcurrentHashMap<>();

    /** The driver and number of the chosen device, or empty: the best one. */
    private final String selector;

    private final Lazy<Machine> machine;
    private final Lazy<GpuRunner> runner = new Lazy<>(this::open);

    /** All devices of the machine; opened when first used. */
    public OneApiBackend() {
        this("", new Lazy<>(Machine::look));
    }

    private OneApiBackend(String selector, Lazy<Machine> machine) {
        this.selector = selector;
        this.machine = machine;
    }

    @Override
    public String name() {
        return selector.isEmpty() ? "oneapi" : "oneapi:" + selector;
    }

    @Override
    public Availability availability() {
        Machine m = machine.get();
        Optional<Machine.Entry> best = m.best(selector);
        String summary = best.map(Machine.Entry::toString).orElse("no usable device");
        return new Availability(
                best.isPresent(), summary, m.details(), best.isPresent() ? Optional.empty() : m.remedy());
    }

    @Override
    public Backend on(String device) {
        if (device.equals(ONE_DNN) && machine.get().oneDnn().isPresent()) {
            return machine.get().oneDnn().get();
        }
        machine.get()
                .best(device)
                .orElseThrow(() -> new ZooException(
                        ErrorCode.NO_BACKEND,
                        "backend oneapi has no usable device '" + device + "': "
                                + machine.get().details().stream().collect(Collectors.joining("; "))
                                + machine.get().remedy().map(r -> "; " + r).orElse("")));
        return device.isEmpty() ? this : open.computeIfAbsent(device, d -> new OneApiBackend(d, machine));
    }

    private GpuRunner open() {
        return new GpuRunner(
                new GpuContext(machine.get().best(selector).orElseThrow().open()));
    }

    @Override
    public Optional<String> refusal(Op op, List<TensorSpec> in) {
        return runner.get().refusal(op, in);
    }

    @Override
    public List<Tensor> execute(Op op, List<Tensor> in) {
        return runner.get().execute(op, in);
    }

    @Override
    public String kernel(Op op, List<TensorSpec> in) {
        return "spir-v";
    }

    @Override
    public long peakBytes() {
        return runner.get().context().peakBytes();
    }

    @Override
    public void resetPeak() {
        runner.get().context().resetPeak();
    }
}
