package org.layerzoo.checks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.layerzoo.checks.Sources.Measured;
import org.layerzoo.checks.Sources.Unit;

class BudgetsTest {
    private static final String HEADER = "what,limit,reason\n";

    @Test
    void everySourceOfTheCheckoutKeepsItsBudget() {
        Budgets budgets = new Budgets(Checkout.read(Checkout.root().resolve("budgets.csv")));
        List<Path> files = Checkout.files(path -> path.endsWith(".java") && path.contains("/src/"));
        Measured measured = Sources.measure(files);
        assertTrue(
                measured.types().size() > 20, "found only " + measured.types().size() + " types");
        measured.types().forEach(type -> budgets.checkClass(Checkout.relative(type.file()), type));
        measured.methods().forEach(method -> budgets.checkMethod(Checkout.relative(method.file()), method));
        budgets.checkPlugins(Budgets.pluginSizes(
                Sources.measure(files.stream()
                        .filter(file -> Checkout.relative(file).matches("plugins/[^/]+/src/main/java/.*"))
                        .toList()),
                pluginIds()));
        for (Path kernel : Checkout.files(path -> path.matches("accelerator-backends/kernels/.*\\.(c|h|cl|cu)"))) {
            budgets.checkKernel(Checkout.relative(kernel), count(Sources.codeLines(Checkout.read(kernel))));
        }
        budgets.checkTimes(CheckTimes.read(Checkout.root().resolve("plugins")));
        assertEquals(List.of(), budgets.problems(), () -> String.join("\n", budgets.problems()));
    }

    private static Set<String> pluginIds() {
        return Checkout.files(path -> path.matches("plugins/[^/]+/src/main/resources/[^/]+/card\\.yaml")).stream()
                .map(card -> card.getParent().getFileName().toString())
                .collect(Collectors.toSet());
    }

    private static int count(boolean[] lines) {
        int count = 0;
        for (boolean line : lines) {
            count += line ? 1 : 0;
        }
        return count;
    }

    @Test
    void blankLinesAndCommentsDoNotCountButTextBlocksDo(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("A.java");
        Files.writeString(file, """
                /** Doc. */
                class A {
                    // a remark

                    /* more
                       remarks */
                    String url = "http://x"; // an address is no comment
                    char quote = '"';

                    String text() {
                        return \"""
                            // text

                            \""";
                    }
                }
                """);
        Measured measured = Sources.measure(List.of(file));
        // class, url, quote, text(), return, two of the text block and its blank line, the two closing braces
        assertEquals(List.of(new Unit(file, "A", 10)), measured.types());
        assertEquals(List.of(new Unit(file, "A.text", 6, "String text")), measured.methods());
    }

    @Test
    void whatIsTooLongIsNamedWithItsSizeAndLimit() {
        Budgets budgets = new Budgets(HEADER);
        Path file = Path.of("A.java");
        budgets.checkClass("x/A.java", new Unit(file, "A", 401));
        budgets.checkMethod("x/A.java", new Unit(file, "A.run", 41));
        budgets.checkKernel("k.cl", 301);
        budgets.checkPlugins(Map.of("mamba", 301));
        assertEquals(
                List.of(
                        "x/A.java (A) has 401 lines of code; the limit is 400",
                        "x/A.java: method A.run has 41 lines of code; the limit is 40",
                        "k.cl has 301 lines of code; the limit is 300",
                        "plugin mamba has 301 lines of code; the limit is 300",
                        "the median plugin of {mamba=301} has 301 lines of code; the limit is 150"),
                budgets.problems());
    }

    @Test
    void whatIsAtItsLimitPasses() {
        Budgets budgets = new Budgets(HEADER);
        budgets.checkClass("x/A.java", new Unit(Path.of("A.java"), "A", 400));
        budgets.checkMethod("x/A.java", new Unit(Path.of("A.java"), "A.run", 40));
        budgets.checkPlugins(Map.of("a", 150, "b", 120, "c", 300));
        assertEquals(List.of(), budgets.problems());
    }

    @Test
    void checksThatTakeTooLongAreNamedAndTheirSumIsChecked(@TempDir Path folder) throws IOException {
        Path reports = Files.createDirectories(folder.resolve("family/target/surefire-reports"));
        Map.of("mamba", "9.5", "long-range-arena", "9.0", "dinat", "1.0")
                .forEach((id, seconds) -> write(
                        reports.resolve("TEST-verify." + id + "-0.1.0.xml"),
                        "<testsuite><properties><property name=\"checks.cpuSeconds\" value=\"" + seconds
                                + "\"/></properties></testsuite>"));
        Map<String, Double> times = CheckTimes.read(folder);
        assertEquals(Map.of("mamba", 9.5, "long-range-arena", 9.0, "dinat", 1.0), times);
        Budgets budgets = new Budgets(HEADER + "checks of long-range-arena,5,six generators\n");
        budgets.checkTimes(times);
        assertEquals(
                List.of(
                        "the checks of mamba took 9.5 s of CPU; the limit is 4 s (8 on a slow machine)",
                        "the checks of 3 papers took 19.5 s of CPU; the limit is 13"),
                budgets.problems());
    }

    private static void write(Path file, String text) {
        try {
            Files.writeString(file, text);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    void anExceptionNeedsAReasonAndMustBeNeeded() {
        Budgets budgets =
                new Budgets(HEADER + "dinat,420,two windows and their borders\nmamba,400,was long once\nurpe,500,\n");
        budgets.checkPlugins(Map.of("dinat", 410, "mamba", 100, "urpe", 90));
        assertEquals(
                List.of(
                        "budgets.csv: expected what,limit,reason, found: urpe,500,",
                        "budgets.csv grants mamba an exception that it does not need"),
                budgets.problems());
    }

    @Test
    void aMethodCanBeGrantedMoreLinesByItsName() {
        Budgets budgets = new Budgets(HEADER + "x/A.java#A.run,60,a register tile written out\n");
        budgets.checkMethod("x/A.java", new Unit(Path.of("A.java"), "A.run", 60));
        assertEquals(List.of(), budgets.problems());
        budgets.checkMethod("x/A.java", new Unit(Path.of("A.java"), "A.run", 61));
        assertEquals(List.of("x/A.java: method A.run has 61 lines of code; the limit is 60"), budgets.problems());
    }

    @Test
    void configRecordsGoldenMapsChecksAndPresetsDoNotCount() {
        String base = "plugins/f/src/main/java/org/layerzoo/plugins/agentattention/";
        List<Unit> types = List.of("ALayer", "AConfig", "AGolden", "GoldenMap", "APresets", "check/Check1").stream()
                .map(name -> new Unit(Checkout.root().resolve(base + name + ".java"), name, 30))
                .toList();
        Path layer = types.getFirst().file();
        List<Unit> methods = List.of(
                new Unit(layer, "ALayer.map", 7, "Tensors map[GoldenCase c]"),
                new Unit(layer, "ALayer.golden", 3, "List<GoldenFunction> golden[]"),
                new Unit(layer, "ALayer.forward", 15, "Tensors forward[Tensors in]"));
        assertEquals(
                Map.of("agent-attention", 20),
                Budgets.pluginSizes(new Measured(types, methods), Set.of("agent-attention", "mamba")));
    }
}
