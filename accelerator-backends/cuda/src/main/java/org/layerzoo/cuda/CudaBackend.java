package org.layerzoo.cuda;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.exec.Backend;
import org.layerzoo.core.op.Op;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.cuda.blas.CublasLt;
import org.layerzoo.kernels.GpuRunner;
import org.layerzoo.kernels.device.GpuContext;
import org.layerzoo.kernels.device.GpuRecording;
import org.layerzoo.kernels.device.Lazy;

/** NVIDIA GPUs of compute capability 7.5 and newer: {@code cuda}, or {@code cuda:1} for the second. */
public final class CudaBackend implements Backend {
    private static final Map<String, CudaBackend> OPEN = new ConcurrentHashMap<>();
    /** By a device's number: under all its names it has one memory. */
    private static final Map<Integer, GpuRunner> RUNNERS = new ConcurrentHashMap<>();

    private static final Lazy<Machine> MACHINE = new Lazy<>(Machine::look);

    /** The number of the chosen device, or empty: the first usable one. */
    private final String selector;

    private final Lazy<GpuRunner> runner = new Lazy<>(this::open);

    /** All devices of the machine; opened when first used. */
    public CudaBackend() {
        this("");
    }

    private CudaBackend(String selector) {
        this.selector = selector;
    }

    @Override
    public String name() {
        return "cuda";
    }

    @Override
    public boolean automatic() {
        return true;
    }

    @Override
    public Availability availability() {
        return availability(MACHINE.get());
    }

    static Availability availability(Machine m) {
        Optional<Machine.Entry> best = m.best("");
        String summary =
                best.map(Machine.Entry::toString).orElseGet(() -> m.details().getLast());
        // What the summary says already is no detail.
        List<String> details =
                m.details().stream().filter(d -> !d.equals(summary)).toList();
        return new Availability(best.isPresent(), summary, details, best.isPresent() ? Optional.empty() : m.remedy());
    }

    @Override
    public Backend on(String device) {
        Machine m = MACHINE.get();
        if (m.best(device).isEmpty()) {
            throw new ZooException(
                    ErrorCode.NO_BACKEND,
                    "backend cuda has no usable device '" + device + "': " + String.join("; ", m.details())
                            + m.remedy().map(r -> "; " + r).orElse(""));
        }
        return device.isEmpty() ? this : OPEN.computeIfAbsent(device, CudaBackend::new);
    }

    private GpuRunner open() {
        CudaDevice.Found found = MACHINE.get().best(selector).orElseThrow().found();
        return RUNNERS.computeIfAbsent(found.index(), i -> runner(new CudaDevice(found)));
    }

    private static GpuRunner runner(CudaDevice device) {
        GpuContext context = new GpuContext(device);
        return CublasLt.open(device::enter)
                .map(lt -> new GpuRunner(context, lt))
                .orElseGet(() -> new GpuRunner(context));
    }

    /** Names the library that multiplies matrices too, which is not looked for before a device is used. */
    @Override
    public Availability diagnose() {
        Availability a = availability();
        if (!a.usable()) {
            return a;
        }
        List<String> details = new ArrayList<>(a.details());
        details.add(runner.get()
                .library()
                .map(Object::toString)
                .orElse(
                        "no cuBLASLt (libcublasLt.so of CUDA 11 to 13 on the library path or in CUDA_HOME): matrix products"
                                + " run by own kernels"));
        return new Availability(true, a.summary(), details, a.remedy());
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
        GpuRunner r = runner.get();
        return r.byLibrary(op, in)
                ? "cublaslt"
                : "ptx" + r.unit(op, in).map(u -> ":" + u).orElse("");
    }

    @Override
    public Recorded record(Tensors in, UnaryOperator<Tensors> forward) {
        return GpuRecording.of(runner.get().context(), in, forward);
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
