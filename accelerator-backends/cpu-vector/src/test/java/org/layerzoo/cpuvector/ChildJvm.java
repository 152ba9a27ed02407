package org.layerzoo.cpuvector;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A program of the tests in a JVM of its own, with this one's class path. */
final class ChildJvm {
    /** @param output standard output and errors together */
    record Result(int exit, String output) {}

    private ChildJvm() {}

    static Result run(Class<?> program, List<String> options, int minutes) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        command.addAll(List.of(
                "--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED", "-XX:Tier3DelayOn=100000"));
        command.addAll(options);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), program.getName()));
        Process p = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(p.getInputStream().readAllBytes());
        assertTrue(p.waitFor(minutes, TimeUnit.MINUTES), output);
        return new Result(p.exitValue(), output);
    }
}
