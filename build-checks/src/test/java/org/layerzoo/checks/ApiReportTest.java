package org.layerzoo.checks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ApiReportTest {
    private static final String UPDATE =
            "./mvnw -q test -pl build-checks -am -Dtest=ApiReportTest -Dsurefire.failIfNoSpecifiedTests=false -Dzoo.api.update=true";
    private static final String HEADER = """
            # The public surface of plugin-api. A change of it shows in the diff of this file; write it anew with
            # %s
            """.formatted(UPDATE);

    @Test
    void thePublicSurfaceOfPluginApiIsTheOneInTheReport() throws IOException {
        StringBuilder actual = new StringBuilder(HEADER);
        for (String module : List.of("core", "nn", "train", "data", "metrics", "report", "testkit")) {
            Path classes = Checkout.root().resolve("plugin-api").resolve(module).resolve("target/classes");
            String report = Files.isDirectory(classes) ? ApiReport.of(List.of(classes)) : "";
            actual.append("\n# module ").append(module).append('\n').append(report);
        }
        Path file = Checkout.root().resolve("docs/api-report.txt");
        if (Boolean.getBoolean("zoo.api.update")) {
            Files.createDirectories(file.getParent());
            Files.writeString(file, actual);
        }
        List<String> differences = differences(Files.readString(file), actual.toString());
        assertEquals(
                List.of(),
                differences,
                () -> "the public surface changed:\n" + String.join("\n", differences) + "\nIf that is meant: "
                        + UPDATE);
    }

    private static List<String> differences(String expected, String actual) {
        List<String> before = expected.lines().toList();
        List<String> now = actual.lines().toList();
        List<String> differences = new ArrayList<>();
        before.stream().filter(line -> !now.contains(line)).forEach(line -> differences.add("- " + line));
        now.stream().filter(line -> !before.contains(line)).forEach(line -> differences.add("+ " + line));
        if (differences.isEmpty() && !before.equals(now)) {
            differences.add("the same lines in another order or number");
        }
        return differences;
    }

    @Test
    void theReportHoldsWhatOthersCanUseAndNothingElse(@TempDir Path folder) throws IOException {
        Path source = folder.resolve("Shape.java");
        Files.writeString(source, """
                package p;
                public sealed interface Shape<T extends Comparable<T>> permits Shape.Square {
                    record Square<T extends Comparable<T>>(int side, java.util.List<? extends T> tags) implements Shape<T> {
                        private int secret() { return 1; }
                        int packagePrivate() { return 2; }
                    }
                    private static void hidden() {}
                    default int area() { return 0; }
                    class Outer { private static class Inner { public static class Unreachable {} } }
                }
                class NotPublic { public void run() {} }
                """);
        Path classes = Files.createDirectories(folder.resolve("classes"));
        assertEquals(
                0,
                ToolProvider.getSystemJavaCompiler()
                        .run(null, null, null, "-d", classes.toString(), source.toString()));
        String report = ApiReport.of(List.of(classes));
        List<String> declarations = report.lines()
                .filter(line -> !line.isBlank() && !line.startsWith(" "))
                .toList();
        assertEquals(
                List.of(
                        "public interface p.Shape<T extends Comparable<T>>",
                        "public class p.Shape$Outer",
                        "public final class p.Shape$Square<T extends Comparable<T>> extends Record"
                                + " implements p.Shape<T>"),
                declarations);
        assertTrue(
                report.contains("  public abstract int area();") || report.contains("  public default int area();"),
                report);
        assertTrue(
                Stream.of("secret", "hidden", "packagePrivate", "NotPublic", "Unreachable", "hashCode")
                        .noneMatch(report::contains),
                report);
    }
}
