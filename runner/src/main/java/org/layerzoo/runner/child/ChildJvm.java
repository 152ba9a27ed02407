package org.layerzoo.runner.child;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * How a child JVM is started. Its environment is made of a fixed list of variables, so that no token or database address
 * of the parent reaches it.
 *
 * @param java the java binary
 * @param options JVM flags that every LayerZoo process runs with
 * @param classPath the child's class path; must hold this module and the job handlers
 * @param environment variables of the child
 * @param user as whom it runs; as this process when empty
 */
public record ChildJvm(
        Path java, List<String> options, String classPath, Map<String, String> environment, Optional<JobUser> user) {
    /** The variable by which a runner finds the processes that a job left behind. */
    static final String MARK = "LAYERZOO_JOB_MARK";

    private static final Set<String> INHERITED = Set.of(
            "PATH",
            "HOME",
            "USER",
            "LOGNAME",
            "LANG",
            "TZ",
            "LD_LIBRARY_PATH",
            "DYLD_LIBRARY_PATH",
            "SystemRoot",
            "windir",
            "USERPROFILE",
            "CUDA_VISIBLE_DEVICES",
            "CUDA_DEVICE_ORDER",
            "CUDA_HOME",
            "CUDA_PATH",
            "ZOO_ONEDNN",
            "OMP_NUM_THREADS",
            "OMP_WAIT_POLICY");
    /** Prefixes of variables that choose devices and their drivers. */
    private static final List<String> INHERITED_PREFIXES =
            List.of("LC_", "ONEAPI_", "ZE_", "ZES_", "OCL_", "POCL_", "DNNL_", "ONEDNN_", "OMPI_");

    public ChildJvm {
        options = List.copyOf(options);
        environment = Map.copyOf(environment);
    }

    ChildJvm(Path java, List<String> options, String classPath, Map<String, String> environment) {
        this(java, options, classPath, environment, Optional.empty());
    }

    /** The JVM, flags ({@code jvm.options}) and class path of this process. */
    public static ChildJvm current() {
        String classPath = Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> !entry.isEmpty())
                .map(entry -> Path.of(entry).toAbsolutePath().toString())
                .collect(Collectors.joining(File.pathSeparator));
        String binary = System.getProperty("os.name").startsWith("Windows") ? "java.exe" : "java";
        Path java = Path.of(System.getProperty("java.home"), "bin", binary);
        return new ChildJvm(java, jvmOptions(), classPath, inherited(System.getenv()));
    }

    /** The same JVM on another class path. */
    public ChildJvm withClassPath(String other) {
        return new ChildJvm(java, options, other, environment, user);
    }

    /** The same JVM with further flags, which win over those before them. */
    public ChildJvm withOptions(String... further) {
        List<String> all = new ArrayList<>(options);
        all.addAll(List.of(further));
        return new ChildJvm(java, all, classPath, environment, user);
    }

    /**
     * The same JVM, run as another user.
     *
     * @throws IllegalArgumentException when this process cannot become that user
     */
    public ChildJvm asUser(String name) {
        return new ChildJvm(java, options, classPath, environment, Optional.of(JobUser.of(name)));
    }

    /** Why children cannot work with job folders below this folder, where that is so. */
    public Optional<String> cannotWorkIn(Path work) {
        return user.flatMap(other -> Stream.concat(
                        Stream.of(work.toAbsolutePath(), java),
                        Arrays.stream(classPath.split(File.pathSeparator)).map(Path::of))
                .flatMap(file -> other.cannotRead(file).stream())
                .findFirst());
    }

    /** Gives a job folder to the user as whom children run. */
    public void lend(JobFolder folder) throws IOException {
        if (user.isPresent()) {
            user.get().own(folder);
        }
    }

    /** Lets the user as whom children run pass through a folder of the runner's. */
    public void openFor(Path folder) throws IOException {
        if (user.isPresent()) {
            Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx--x--x"));
        }
    }

    /** The part of an environment that a child may see. */
    static Map<String, String> inherited(Map<String, String> environment) {
        Map<String, String> kept = new TreeMap<>();
        environment.forEach((name, value) -> {
            if (INHERITED.contains(name) || INHERITED_PREFIXES.stream().anyMatch(name::startsWith)) {
                kept.put(name, value);
            }
        });
        return kept;
    }

    List<String> command(Limits limits, JobFolder folder) {
        List<String> command = new ArrayList<>(user.map(JobUser::prefix).orElse(List.of()));
        command.add(java.toString());
        command.addAll(options);
        command.addAll(List.of(
                "-Xmx" + limits.heapBytes(),
                // Tensors count as direct memory, which the JVM would bound by the heap. The job's own budget and the
                // watchdog bound them.
                "-XX:MaxDirectMemorySize=" + limits.residentBytes(),
                "-XX:ActiveProcessorCount=" + limits.threads(),
                "-XX:+ExitOnOutOfMemoryError",
                "-XX:-CreateCoredumpOnCrash",
                "-XX:ErrorFile=" + folder.temporary().resolve(ChildProcess.CRASH_REPORT),
                "-XX:+DisplayVMOutputToStderr", // standard output is the pipe
                "-Xlog:disable",
                "-Xlog:all=warning:stderr",
                "-Djava.io.tmpdir=" + folder.temporary(),
                "-Djava.awt.headless=true",
                "-Dstderr.encoding=UTF-8",
                "-cp",
                classPath,
                ChildMain.class.getName()));
        return command;
    }

    Process start(Limits limits, JobFolder folder, String mark) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command(limits, folder));
        builder.directory(folder.path().toFile());
        Map<String, String> variables = builder.environment();
        variables.clear();
        variables.putAll(environment);
        variables.put("TMPDIR", folder.temporary().toString());
        user.ifPresent(other -> {
            variables.put("HOME", folder.temporary().toString());
            variables.put("USER", other.name());
            variables.put("LOGNAME", other.name());
        });
        variables.put(MARK, mark);
        return builder.start();
    }

    private static List<String> jvmOptions() {
        try (InputStream in = ChildJvm.class.getResourceAsStream("jvm.options")) {
            if (in == null) {
                throw new IllegalStateException("jvm.options is missing from the runner's jar: build it with Maven");
            }
            return new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))
                    .lines()
                    .map(String::strip)
                    .filter(line -> !line.isEmpty() && !line.startsWith("#"))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
