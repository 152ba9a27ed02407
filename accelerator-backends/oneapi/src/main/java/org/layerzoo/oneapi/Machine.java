package org.layerzoo.oneapi;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.layerzoo.kernels.device.Device;
import org.layerzoo.kernels.device.Native;
import org.layerzoo.oneapi.opencl.OpenClDevice;

/** The drivers and devices of this machine, looked at once. */
final class Machine {
    private final List<Entry> entries = new ArrayList<>();
    private final List<String> details = new ArrayList<>();
    private final List<String> remedies = new ArrayList<>();

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
        m.lookAtOpenCl();
        return m;
    }

    private void lookAtOpenCl() {
        try {
            Optional<String> library = OpenClDevice.library();
            if (library.isEmpty()) {
                details.add("OpenCL: no loader (libOpenCL.so.1)");
                remedies.add("install an OpenCL loader and driver, e.g. ocl-icd-libopencl1 with intel-opencl-icd for an"
                        + " Intel GPU, or with pocl-opencl-icd and llvm-spirv-15 to run the kernels on the CPU");
                return;
            }
            List<OpenClDevice.Found> found = OpenClDevice.list();
            details.add("OpenCL: " + library.get() + ", " + found.size() + " devices");
            if (found.isEmpty()) {
                remedies.add("install the OpenCL driver of your device (intel-opencl-icd, pocl-opencl-icd)");
            }
            found.forEach(this::add);
        } catch (Native.MissingFunction | org.layerzoo.core.ZooException e) {
            details.add("OpenCL: " + e.getMessage());
        }
    }

    private void add(OpenClDevice.Found f) {
        entries.add(new Entry("opencl", f.index(), f.name(), f.refusal(), () -> OpenClDevice.open(f.index())));
        details.add("opencl:" + f.index() + " " + f.name() + ", " + f.driver()
                + f.refusal().map(r -> ": not usable, " + r).orElse(""));
        f.refusal().filter(r -> r.contains("install")).ifPresent(r -> remedies.add(r.substring(r.indexOf("install"))));
    }

    List<String> details() {
        return details;
    }

    Optional<String> remedy() {
        return remedies.stream().findFirst();
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
