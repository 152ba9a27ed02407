package org.layerzoo.checks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Runs the launcher's own tests, which are a shell script, and shows each as a test. */
class LauncherTest {

    @TestFactory
    List<DynamicTest> launcher() throws IOException, InterruptedException {
        Path script = Checkout.root().resolve("build-checks/src/test/sh/launcher-test.sh");
        Process process = new ProcessBuilder(
                        "/bin/sh",
                        script.toString(),
                        Checkout.root().resolve("zoo").toString())
                .redirectErrorStream(true)
                .start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        List<DynamicTest> tests = new ArrayList<>();
        List<String> lines = output.lines().toList();
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i);
            if (line.matches("(not )?ok \\d+ - .*")) {
                String details = details(lines, i + 1);
                tests.add(dynamicTest(
                        line.replaceFirst("^(not )?ok \\d+ - ", ""), () -> assertTrue(line.startsWith("ok"), details)));
            }
        }
        String plan = "1.." + tests.size();
        tests.add(dynamicTest("the script ran to its end", () -> assertEquals(plan, lines.getLast(), output)));
        return tests;
    }

    private static String details(List<String> lines, int from) {
        return String.join(
                "\n",
                lines.subList(from, lines.size()).stream()
                        .takeWhile(line -> line.startsWith("#"))
                        .toList());
    }
}
