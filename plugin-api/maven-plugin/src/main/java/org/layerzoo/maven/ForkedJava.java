package org.layerzoo.maven;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Runs a main class on another JVM, with the flags of jvm.options. */
final class ForkedJava {
    // Every JVM with the Vector API prints this; it says nothing about the plugin.
    private static final String INCUBATOR_NOTICE = "(?m)^WARNING: Using incubator modules: .*\\R";

    private final Path java;
    private final List<Path> classPath;
    private final Path workFolder;

    ForkedJava(Path java, List<Path> classPath, Path workFolder) {
        this.java = java;
        this.classPath = classPath;
        this.workFolder = workFolder;
    }

    /** What a run left behind: its exit code and all it printed. */
    record Outcome(int exitCode, String output) {}

    /** Runs to the end with no input; output and errors are kept together. */
    Outcome run(String mainClass, List<String> arguments) {
        try {
            Files.createDirectories(workFolder);
            // A class path of many jars does not fit on every system's command line.
            Path argumentFile = Files.createTempFile(workFolder, "java-", ".args");
            try {
                Files.writeString(argumentFile, "-cp\n" + quoted(classPath()) + "\n");
                List<String> command = new ArrayList<>(List.of(java.toString()));
                command.addAll(flags());
                command.add("-Dslf4j.internal.verbosity=ERROR"); // a missing logger is no news to a contributor
                command.add("@" + argumentFile);
                command.add(mainClass);
                command.addAll(arguments);
                return start(command);
            } finally {
                Files.deleteIfExists(argumentFile);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot run " + mainClass + " with " + java + ": " + e.getMessage(), e);
        }
    }

    private static Outcome start(List<String> command) throws IOException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        try {
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return new Outcome(process.waitFor(), output.replaceFirst(INCUBATOR_NOTICE, ""));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BuildException("interrupted while waiting for " + command.get(0), e);
        } finally {
            process.destroyForcibly();
        }
    }

    private String classPath() {
        return classPath.stream().map(Path::toString).collect(Collectors.joining(File.pathSeparator));
    }

    private static String quoted(String text) {
        return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }

    /** The project's JVM flags; the file is packed into this plugin. */
    static List<String> flags() {
        try (InputStream in = ForkedJava.class.getResourceAsStream("jvm.options")) {
            if (in == null) {
                throw new IllegalStateException("jvm.options is missing from the plugin's own jar");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .map(String::trim)
                    .filter(line -> !line.isEmpty() && !line.startsWith("#"))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
