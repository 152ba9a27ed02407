package org.layerzoo.cpuvector;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WidthTest {
    /** A width is chosen once a process, so each one gets a process. */
    @ParameterizedTest
    @ValueSource(ints = {128, 256, 512})
    void allCasesHoldAtEveryVectorWidth(int bits) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        command.addAll(List.of(
                "--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED", "-XX:Tier3DelayOn=100000"));
        command.addAll(List.of(
                "-D" + Width.OVERRIDE + "=" + bits,
                "-cp",
                System.getProperty("java.class.path"),
                AllCases.class.getName()));
        Process p = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(p.getInputStream().readAllBytes());
        assertTrue(p.waitFor(5, TimeUnit.MINUTES));
        assertEquals(0, p.exitValue(), output);
        assertTrue(output.contains(" cases at " + bits + " bit"), output);
    }
}
