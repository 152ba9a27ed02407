package org.layerzoo.maven;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Runs the compilers: nvcc for PTX; clang, llvm-spirv and the SPIR-V tools for SPIR-V. */
final class KernelCompiler {
    /**
     * The dialect of the PTX for an architecture: an older one than the compiler's own, so that older drivers take it, and new enough for
     * what our kernels use of the architecture. Other architectures keep the compiler's.
     */
    private static final Map<String, String> PTX_VERSION =
            Map.of("compute_75", "7.5", "compute_80", "7.5", "compute_90a", "8.0");

    private final Path headers;
    private final List<Path> includes;
    private final Path nvcc;
    private final Path clang;
    private final Path llvmSpirv;
    private final Path spirvOpt;
    private final Path spirvVal;

    /**
     * @param headers a folder that gets {@code zoo.h}
     * @param includes the module's own folders of headers
     * @throws BuildException naming every tool that is missing and where it comes from
     */
    KernelCompiler(Path headers, List<Path> includes, Map<String, String> environment) {
        this.headers = headers;
        this.includes = includes;
        List<String> missing = new ArrayList<>();
        this.nvcc = tool(environment, missing, "CUDA toolkit", "nvcc");
        this.clang = tool(environment, missing, "clang-15", "clang-15", "clang");
        this.llvmSpirv = tool(environment, missing, "llvm-spirv-15", "llvm-spirv-15", "llvm-spirv");
        this.spirvOpt = tool(environment, missing, "spirv-tools", "spirv-opt");
        this.spirvVal = tool(environment, missing, "spirv-tools", "spirv-val");
        if (!missing.isEmpty()) {
            throw new BuildException("kernels cannot be compiled here, not on the path: " + String.join(", ", missing));
        }
    }

    private static Path tool(Map<String, String> environment, List<String> missing, String from, String... names) {
        for (String name : names) {
            for (String folder : environment.getOrDefault("PATH", "").split(File.pathSeparator)) {
                Path p = Path.of(folder.isEmpty() ? "." : folder, name);
                if (Files.isExecutable(p)) {
                    return p;
                }
            }
        }
        missing.add(names[0] + " (from " + from + ")");
        return Path.of(names[0]);
    }

    /** Compiles one output of a source into {@code folder}. */
    void compile(KernelSource source, String output, Path folder) {
        String variant = output.split("\\.")[1];
        if (output.endsWith(".ptx")) {
            ptx(source, variant, folder.resolve(output));
        } else {
            spirV(source, variant, folder.resolve(output));
        }
    }

    private void ptx(KernelSource s, String variant, Path out) {
        run(
                s,
                nvcc,
                common(variant),
                List.of(
                        "-x",
                        "cu",
                        "-ptx",
                        "-std=c++17",
                        "-arch=" + s.arch(),
                        s.file().toString(),
                        "-o",
                        out.toString()));
        String version = PTX_VERSION.get(s.arch());
        if (version != null) {
            rewrite(out, ".version " + version);
        }
    }

    /** Comments of the compiler go, and the dialect's version is lowered. */
    private static void rewrite(Path ptx, String version) {
        try (Stream<String> lines = Files.lines(ptx)) {
            List<String> kept = lines.filter(l -> !l.startsWith("//"))
                    .map(l -> l.startsWith(".version ") ? version : l)
                    .toList();
            Files.write(ptx, kept);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void spirV(KernelSource s, String variant, Path out) {
        Path bitcode = out.resolveSibling(out.getFileName() + ".bc");
        Path raw = out.resolveSibling(out.getFileName() + ".raw");
        try {
            // Higher -O gives SPIR-V that does not pass validation; spirv-opt does the work instead.
            run(
                    s,
                    clang,
                    common(variant),
                    List.of(
                            "-c",
                            "-target",
                            "spir64",
                            "-cl-std=CL2.0",
                            "-O1",
                            "-Xclang",
                            "-disable-llvm-passes",
                            "-emit-llvm",
                            "-Xclang",
                            "-finclude-default-header",
                            "-x",
                            "cl",
                            s.file().toString(),
                            "-o",
                            bitcode.toString()));
            run(s, llvmSpirv, List.of(), List.of("--spirv-max-version=1.2", bitcode.toString(), "-o", raw.toString()));
            run(s, spirvOpt, List.of(), List.of("-O", raw.toString(), "-o", out.toString()));
            run(s, spirvVal, List.of(), List.of("--target-env", "opencl2.2", out.toString()));
        } finally {
            delete(bitcode);
            delete(raw);
        }
    }

    private List<String> common(String variant) {
        List<String> out = new ArrayList<>(List.of("-DZOO_" + variant.toUpperCase(), "-I", headers.toString()));
        includes.forEach(i -> out.addAll(List.of("-I", i.toString())));
        return out;
    }

    private static void run(KernelSource s, Path tool, List<String> first, List<String> rest) {
        List<String> command = new ArrayList<>(List.of(tool.toString()));
        command.addAll(first);
        command.addAll(rest);
        try {
            Process p = new ProcessBuilder(command).redirectErrorStream(true).start();
            String said = new String(p.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            if (p.waitFor() != 0) {
                throw new BuildException(s.file() + " does not compile: " + String.join(" ", command) + "\n" + said);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BuildException("interrupted while compiling " + s.file());
        }
    }

    private static void delete(Path p) {
        try {
            Files.deleteIfExists(p);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The header that every source includes, from this plugin. */
    static Optional<String> header() {
        try (var in = KernelCompiler.class.getResourceAsStream("zoo.h")) {
            return in == null ? Optional.empty() : Optional.of(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
