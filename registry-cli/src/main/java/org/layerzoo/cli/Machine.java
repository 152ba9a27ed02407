package org.layerzoo.cli;

import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.util.List;

/** Native libraries of this machine. */
final class Machine {
    private static final List<String> FEATURES =
            List.of("avx2", "fma", "avx512f", "avx512_bf16", "avx512_fp16", "amx_tile", "amx_bf16", "asimd", "sve");

    private Machine() {}

    /** A native library that some backend or comparison uses. */
    record Library(String name, boolean found, String purpose, String remedy) {}

    static List<Library> libraries() {
        return List.of(
                library("libcuda.so.1", "NVIDIA GPUs (backend cuda)", "install the NVIDIA driver"),
                library(
                        "libze_loader.so.1",
                        "Intel GPUs through Level Zero (backend oneapi)",
                        "install the Level Zero loader (apt-get install libze1) and Intel's driver"),
                library(
                        "libOpenCL.so.1",
                        "OpenCL devices (backend oneapi:opencl)",
                        "install an OpenCL driver (apt-get install ocl-icd-libopencl1 pocl-opencl-icd)"),
                library("libmpi.so.40", "runtimes across processes", "install Open MPI (apt-get install libopenmpi3)"));
    }

    private static Library library(String file, String purpose, String remedy) {
        try (Arena arena = Arena.ofConfined()) {
            SymbolLookup.libraryLookup(file, arena);
            return new Library(file, true, purpose, "");
        } catch (IllegalArgumentException _) {
            return new Library(file, false, purpose, remedy);
        }
    }
}
