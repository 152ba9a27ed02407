package org.layerzoo.cuda;

import static org.layerzoo.kernels.device.Native.INT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.layerzoo.core.ZooException;
import org.layerzoo.kernels.device.Native;

/** The NVIDIA driver and the devices of this machine, looked at once. */
final class Machine {
    /** As the driver writes it: CUDA 11.5, the first that takes PTX 7.5, which our kernels are. */
    private static final int OLDEST_DRIVER = 11050;

    private static final String NEW_DRIVER = "install NVIDIA driver 495.29 or newer (CUDA 11.5)";
    /** Turing, times ten: what our kernels are compiled for. */
    private static final int OLDEST_DEVICE = 75;

    private final List<Entry> entries = new ArrayList<>();
    private final List<String> details = new ArrayList<>();
    private Optional<String> remedy = Optional.empty();

    /** A device, and why it cannot be used if it cannot. */
    record Entry(CudaDevice.Found found, Optional<String> refusal) {
        @Override
        public String toString() {
            return "cuda:" + found.index() + " " + found.name();
        }
    }

    private Machine() {}

    /** Looks without failing: whatever is missing is a line of the details. */
    static Machine look() {
        Machine m = new Machine();
        try {
            if (m.lookAtDriver()) {
                m.lookAtDevices();
            }
        } catch (ZooException e) {
            m.unusable(e.getMessage(), "check that nvidia-smi lists the device");
        }
        return m;
    }

    private void unusable(String detail, String what) {
        details.add(detail);
        remedy = Optional.of(what);
    }

    private boolean lookAtDriver() {
        Optional<Native> library = Cuda.library();
        if (library.isEmpty()) {
            unusable(
                    "no NVIDIA driver (" + String.join(", ", Cuda.files()) + " cannot be loaded)",
                    NEW_DRIVER
                            + "; in a container, start it with the NVIDIA container toolkit (docker run --gpus all)");
            return false;
        }
        String where = path(library.get().file());
        if (Cuda.tooOld().isPresent()) {
            unusable("driver " + where + " is too old: " + Cuda.tooOld().get(), NEW_DRIVER);
            return false;
        }
        try (Arena arena = Arena.ofConfined()) {
            int status = (int) Cuda.api().device().init().invokeExact(0);
            if (status != Cuda.SUCCESS) {
                unusable("driver " + where + " does not start: " + Cuda.text(status), remedy(status));
                return false;
            }
            MemorySegment v = arena.allocate(INT);
            Cuda.check((int) Cuda.api().device().version().invokeExact(v.address()), "cuDriverGetVersion");
            int version = v.get(INT, 0);
            details.add("driver " + where + " for CUDA " + version / 1000 + "." + version % 1000 / 10);
            if (version < OLDEST_DRIVER) {
                unusable(
                        "the driver is too old, at least CUDA " + OLDEST_DRIVER / 1000 + "." + OLDEST_DRIVER % 1000 / 10
                                + " expected",
                        NEW_DRIVER);
                return false;
            }
            return true;
        } catch (Throwable t) {
            throw Native.failed(t);
        }
    }

    private static String remedy(int status) {
        return switch (status) {
            case Cuda.NO_DEVICE ->
                "check that nvidia-smi lists a device"
                        + Optional.ofNullable(System.getenv("CUDA_VISIBLE_DEVICES"))
                                .map(v -> " and that CUDA_VISIBLE_DEVICES=" + v + " does not hide it")
                                .orElse("")
                        + "; in a container, start it with --gpus all";
            case Cuda.STUB_LIBRARY -> "this is the toolkit's stub, not a driver: " + NEW_DRIVER;
            case Cuda.SYSTEM_DRIVER_MISMATCH ->
                "the driver's library and its kernel module are of different versions: restart the machine, or in a"
                        + " container remove its own libcuda";
            default -> "check that nvidia-smi works; " + NEW_DRIVER;
        };
    }

    private void lookAtDevices() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment n = arena.allocate(INT);
            Cuda.check((int) Cuda.api().device().count().invokeExact(n.address()), "cuDeviceGetCount");
            for (int i = 0; i < n.get(INT, 0); i++) {
                add(CudaDevice.find(i));
            }
        } catch (Throwable t) {
            throw Native.failed(t);
        }
        if (entries.isEmpty()) {
            unusable("the driver sees no device", remedy(Cuda.NO_DEVICE));
        } else if (best("").isEmpty()) {
            remedy = Optional.of("use a GPU of compute capability 7.5 (Turing, 2018) or newer");
        }
    }

    private void add(CudaDevice.Found f) {
        Optional<String> refusal = f.capability() >= OLDEST_DEVICE
                ? Optional.empty()
                : Optional.of("compute capability 7.5 or newer expected");
        Entry e = new Entry(f, refusal);
        entries.add(e);
        details.add(String.format(
                Locale.ROOT,
                "%s, compute capability %d.%d, %.1f GiB, %d multiprocessors%s",
                e,
                f.capability() / 10,
                f.capability() % 10,
                f.bytes() / (double) (1L << 30),
                CudaDevice.units(f),
                refusal.map(r -> ": not usable, " + r).orElse("")));
    }

    /** The file that a library was loaded from, as far as the system says it. */
    static String path(String library) {
        Path maps = Path.of("/proc/self/maps");
        if (!Files.isReadable(maps)) {
            return library;
        }
        String name = library.substring(library.lastIndexOf('/') + 1).replaceFirst("\\.so.*", ".so");
        try (Stream<String> lines = Files.lines(maps)) {
            return lines.filter(l -> l.contains("/" + name))
                    .map(l -> l.substring(l.indexOf('/')))
                    .findFirst()
                    .orElse(library);
        } catch (IOException e) {
            return library;
        }
    }

    List<String> details() {
        return details;
    }

    Optional<String> remedy() {
        return remedy;
    }

    /** @param selector nothing, or a device's number */
    Optional<Entry> best(String selector) {
        return entries.stream()
                .filter(e -> e.refusal().isEmpty())
                .filter(e ->
                        selector.isEmpty() || selector.equals("" + e.found().index()))
                .findFirst();
    }
}
