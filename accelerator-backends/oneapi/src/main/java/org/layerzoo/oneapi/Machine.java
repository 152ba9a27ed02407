package org.layerzoo.oneapi;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.layerzoo.kernels.device.Device;
import org.layerzoo.kernels.device.Native;
import org.layerzoo.oneapi.levelzero.LevelZero;
import org.layerzoo.oneapi.onednn.OneDnn;
import org.layerzoo.oneapi.opencl.OpenClDevice;

/** The drivers and devices of this machine, looked at once. */
final class Machine {
    private final List<Entry> entries = new ArrayList<>();
    private final List<String> details = new ArrayList<>();
    private final List<String> remedies = new ArrayList<>();
    private Optional<OneDnn> oneDnn = Optional.empty();

    /** A device by its selector, and how to open it. */
    record Entry(String driver, int index, String name, Optional<String> refusal, Supplier<Device> opener) {
        Device open() {
            return opener.get();
        }

        @Override
        public String toString() {
            return driver + ":" + index + " " + name;
        }
    }

    private Machine() {}

    /** Looks without failing: whatever is missing is a line of the details. */
    static Machine look() {
        Machine m = new Machine();
        m.lookAtLevelZero();
        m.lookAtOpenCl();
        m.lookAtOneDnn();
        return m;
    }

    private void lookAtLevelZero() {
        LevelZero.Report r = LevelZero.look();
        String library = r.library().map(l -> l + ", ").orElse("");
        details.add("level-zero: " + library
                + r.problem().orElse(r.devices().size() + " devices")
                + r.remedy().map(x -> "; " + x).orElse(""));
        r.remedy().ifPresent(remedies::add);
        for (LevelZero.Found f : r.devices()) {
            add(new Entry("level-zero", f.index(), f.name(), f.refusal(), f.opener()), f.driver());
        }
    }

    private void lookAtOpenCl() {
        try {
            Optional<String> library = OpenClDevice.library();
            if (library.isEmpty()) {
                missingOpenCl(
                        "no loader (libOpenCL.so.1)",
                        "install an OpenCL loader and driver, e.g. ocl-icd-libopencl1 with intel-opencl-icd for an"
                                + " Intel GPU, or with pocl-opencl-icd and llvm-spirv-15 to run the kernels on the CPU");
                return;
            }
            List<OpenClDevice.Found> found = OpenClDevice.list();
            if (found.isEmpty()) {
                missingOpenCl(
                        library.get() + ", no device",
                        "install the OpenCL driver of your device (intel-opencl-icd, pocl-opencl-icd)");
                return;
            }
            details.add("opencl: " + library.get() + ", " + found.size() + " devices");
            found.forEach(f -> add(
                    new Entry("opencl", f.index(), f.name(), f.refusal(), () -> OpenClDevice.open(f.index())),
                    f.driver()));
        } catch (Native.MissingFunction | org.layerzoo.core.ZooException e) {
            missingOpenCl(e.getMessage(), "install a newer OpenCL loader (ocl-icd-libopencl1)");
        }
    }

    private void missingOpenCl(String what, String remedy) {
        details.add("opencl: " + what + "; " + remedy);
        remedies.add(remedy);
    }

    private void lookAtOneDnn() {
        OneDnn.Report r = OneDnn.look();
        oneDnn = r.backend();
        details.add("onednn: " + r.detail() + r.remedy().map(x -> "; " + x).orElse(""));
    }

    /** The library's backend, which has no device of its own: it is chosen by name only. */
    Optional<OneDnn> oneDnn() {
        return oneDnn;
    }

    private void add(Entry e, String driver) {
        entries.add(e);
        details.add(
                e + ", " + driver + e.refusal().map(r -> ": not usable, " + r).orElse(""));
        e.refusal().filter(r -> r.contains("install")).ifPresent(r -> remedies.add(r.substring(r.indexOf("install"))));
    }

    List<String> details() {
        return details;
    }

    Optional<String> remedy() {
        return remedies.isEmpty() ? Optional.empty() : Optional.of(String.join("; or ", remedies));
    }

    /** @param selector nothing, a driver, or driver:index */
    Optional<Entry> best(String selector) {
        return entries.stream()
                .filter(e -> e.refusal().isEmpty())
                .filter(e -> selector.isEmpty()
                        || selector.equals(e.driver())
                        || selector.equals(e.driver() + ":" + e.index()))
                .findFirst();
    }
}
