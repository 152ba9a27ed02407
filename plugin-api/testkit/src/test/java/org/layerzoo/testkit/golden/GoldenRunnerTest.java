package org.layerzoo.testkit.golden;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.config.Configs;
import org.layerzoo.core.config.Doc;
import org.layerzoo.core.exec.Reference;
import org.layerzoo.core.io.Safetensors;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.report.Report;
import org.layerzoo.core.spi.GoldenCase;
import org.layerzoo.core.spi.GoldenFunction;
import org.layerzoo.core.spi.ProbeProvider;
import org.layerzoo.core.spi.Size;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.testkit.Subject;
import tools.jackson.databind.JsonNode;

/** What the golden runner accepts and what it does not. */
class GoldenRunnerTest {
    private static final float INF = Float.POSITIVE_INFINITY;

    private static GoldenFile file(Tensors t, String tolerance, Map<String, String> more) {
        Map<String, String> m = new java.util.HashMap<>(Map.of("case", "c", "config", "{}", "tolerance", tolerance));
        m.putAll(more);
        return GoldenFile.of("c.safetensors", new Safetensors.Content(t, m));
    }

    private static GoldenResult check(GoldenFile f, Function<GoldenCase, Tensors> function) {
        return new GoldenRunner(List.of(new Holder(GoldenFunction.of("f", c -> true, function))), Reference.INSTANCE)
                .check(f);
    }

    private static Tensor row(float... v) {
        return Tensor.of(v, v.length);
    }

    @Test
    void gradientsComeOutUnderOfficialNamesWithTheCotangentsOfTheFile() {
        Tensors t = Tensors.of("in.x", row(1, 2), "param.w", row(3, 5), "out.y", row(3, 10))
                .with("cot.y", row(2, -1))
                .with("grad.in.x", row(6, -5))
                .with("grad.param.w", row(2, -2));
        GoldenResult r = check(
                file(t, "1e-6", Map.of()),
                c -> Tensors.of("y", c.in().get("x").mul(c.params().get("w"))));
        assertTrue(r.passed(), r.detail());
        assertEquals(
                List.of("out.y", "grad.in.x", "grad.param.w"),
                List.copyOf(r.errors().keySet()));
    }

    @Test
    void aWrongGradientFailsThoughTheOutputIsRight() {
        Tensors t = Tensors.of("in.x", row(1, 2), "out.y", row(1, 4)).with("grad.in.x", row(2, 4));
        GoldenResult r = check(file(t, "1e-6", Map.of()), c -> Tensors.of("y", Ops.square(Ops.stop(c.in().get("x")))));
        assertFalse(r.passed());
        assertTrue(r.detail().contains("grad.in.x"), r.detail());
    }

    @Test
    void sentinelsMustAgreeInSignAndLeaveTheNorm() {
        Tensors t = Tensors.of("in.x", row(1), "out.y", row(1, -1e30f, 2, -INF));
        assertTrue(check(file(t, "1e-6", Map.of()), c -> Tensors.of("y", row(1, -INF, 2, -1e20f)))
                .passed());
        assertFalse(check(file(t, "1e-6", Map.of()), c -> Tensors.of("y", row(1, INF, 2, -INF)))
                .passed());
        assertFalse(check(file(t, "1e-6", Map.of()), c -> Tensors.of("y", row(1, -5, 2, -INF)))
                .passed());
    }

    @Test
    void nanAndInfinityNeverPass() {
        Tensors t = Tensors.of("in.x", row(1), "out.y", row(1, 2));
        assertFalse(check(file(t, "10", Map.of()), c -> Tensors.of("y", row(1, Float.NaN)))
                .passed());
        assertFalse(check(file(t, "10", Map.of()), c -> Tensors.of("y", row(1, INF)))
                .passed());
    }

    @Test
    void aTinyTensorIsMeasuredAgainstTheLargestOfItsGroup() {
        Tensors t = Tensors.of("in.x", row(1), "out.big", row(1000), "out.small", row(0));
        assertTrue(check(file(t, "1e-5", Map.of()), c -> Tensors.of("big", row(1000), "small", row(5e-6f)))
                .passed());
        assertFalse(check(file(t, "1e-5", Map.of()), c -> Tensors.of("big", row(1000), "small", row(5e-5f)))
                .passed());
    }

    @Test
    void integersMustBeEqual() {
        Tensors t = Tensors.of("in.x", row(1), "out.i", Tensor.of(new long[] {3, 4}, 2));
        assertTrue(check(file(t, "1", Map.of()), c -> Tensors.of("i", Tensor.of(new long[] {3, 4}, 2)))
                .passed());
        assertFalse(check(file(t, "1", Map.of()), c -> Tensors.of("i", Tensor.of(new long[] {3, 5}, 2)))
                .passed());
    }

    @Test
    void declaredConstantsMustHaveNoGradient() {
        Tensors t = Tensors.of("in.x", row(2), "param.w", row(3), "out.y", row(6));
        GoldenResult stopped = check(
                file(t, "1e-6", Map.of("no_gradient", "[\"param.w\"]")),
                c -> Tensors.of("y", c.in().get("x").mul(Ops.stop(c.params().get("w")))));
        assertTrue(stopped.passed(), stopped.detail());
        assertFalse(check(
                        file(t, "1e-6", Map.of("no_gradient", "[\"param.w\"]")),
                        c -> Tensors.of("y", c.in().get("x").mul(c.params().get("w"))))
                .passed());
    }

    @Test
    void missingOutputsWrongShapesAndExceptionsAreFailuresWithAReason() {
        Tensors t = Tensors.of("in.x", row(1), "out.y", row(1));
        assertTrue(check(file(t, "1", Map.of()), c -> Tensors.of("z", row(1)))
                .detail()
                .contains("out.y is missing"));
        assertTrue(check(file(t, "1", Map.of()), c -> Tensors.of("y", row(1, 2)))
                .detail()
                .contains("shape"));
        assertTrue(check(file(t, "1", Map.of()), c -> {
                    throw new IllegalStateException("broken map");
                })
                .detail()
                .contains("broken map"));
        GoldenResult none = new GoldenRunner(
                        List.of(new Holder(GoldenFunction.of("f", c -> false, c -> Tensors.empty()))),
                        Reference.INSTANCE)
                .check(file(t, "1", Map.of()));
        assertTrue(none.detail().contains("no golden function accepts"), none.detail());
    }

    @Test
    void jsonCasesCompareItemByItem() {
        String json =
                "{\"case\":\"j\",\"config\":{},\"outputs\":{\"v\":\"value\"},\"tolerance\":\"0\",\"data\":[{\"s\":\"a\",\"v\":1},{\"s\":\"b\",\"v\":2}]}";
        GoldenFile f = GoldenFile.parse("j.json", json.getBytes(StandardCharsets.UTF_8));
        assertTrue(new GoldenRunner(List.of(new Holder(new Items(0))), Reference.INSTANCE)
                .check(f)
                .passed());
        GoldenResult wrong = new GoldenRunner(List.of(new Holder(new Items(1))), Reference.INSTANCE).check(f);
        assertFalse(wrong.passed());
        assertTrue(wrong.detail().contains("item 0: v 1 expected, given 2"), wrong.detail());
    }

    @Test
    void brokenFilesAreNamed() {
        ZooException e =
                assertThrows(ZooException.class, () -> GoldenFile.parse("bad.safetensors", new byte[] {1, 2, 3}));
        assertTrue(e.getMessage().contains("bad.safetensors"), e.getMessage());
        assertThrows(ZooException.class, () -> GoldenFile.parse("bad.json", "[1".getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void brokenMetadataIsRefusedAndNamed() {
        Tensors t = Tensors.of("in.x", row(1), "out.y", row(1));
        Map<String, String> wrong = Map.of("tolerance", "Infinity", "config", "[1]", "no_gradient", "in.x");
        wrong.forEach((key, value) -> {
            ZooException e = assertThrows(ZooException.class, () -> file(t, "1", Map.of(key, value)));
            assertTrue(e.getMessage().contains(key) && e.getMessage().contains("c.safetensors"), e.getMessage());
        });
        assertThrows(ZooException.class, () -> file(t, "-1", Map.of()));
        assertThrows(ZooException.class, () -> file(t, "NaN", Map.of()));
    }

    @Test
    void aFileThatCannotBeReadIsAFailedCaseBesideTheOthers(@TempDir Path folder) throws IOException {
        Files.createDirectories(folder.resolve("p"));
        Files.write(folder.resolve("p/a.safetensors"), new byte[] {1, 2, 3});
        Safetensors.write(
                folder.resolve("p/b.safetensors"), Tensors.of("in.x", row(1), "out.y", row(1)), Map.of("case", "b"));
        List<GoldenFile> files = new Subject("p", "1", null, List.of(), List.of())
                .withGolden(folder)
                .golden();
        GoldenResult a = check(files.get(0), c -> Tensors.of("y", row(1)));
        assertFalse(a.passed());
        assertTrue(a.detail().contains("a.safetensors"), a.detail());
        assertTrue(check(files.get(1), c -> Tensors.of("y", row(1))).passed());
    }

    @Test
    void aCotangentOfNoOutputFails() {
        Tensors t = Tensors.of("in.x", row(1), "out.y", row(1), "cot.z", row(1));
        GoldenResult r = check(file(t, "1", Map.of()), c -> Tensors.of("y", row(1)));
        assertTrue(r.detail().contains("cot.z belongs to no output"), r.detail());
    }

    @Test
    void mistypedKeysAreNamedWithWhatWasGiven() {
        Tensors t = Tensors.of("in.x", row(1), "out.y", row(1));
        GoldenFile f = file(t, "1", Map.of("config", "{\"n\":1.5,\"b\":\"yes\",\"d\":true,\"t\":3}"));
        List<Function<GoldenCase, Object>> reads =
                List.of(c -> c.integer("n"), c -> c.flag("b"), c -> c.number("d"), c -> c.text("t"));
        for (Function<GoldenCase, Object> read : reads) {
            GoldenResult r = check(f, c -> Tensors.of("y", row(read.apply(c).hashCode())));
            assertTrue(r.detail().matches(".*config of case c: '[nbdt]' must be .*, given .*"), r.detail());
        }
    }

    @Test
    void aCaseWithoutAnythingToCompareFails() {
        GoldenResult r = check(file(Tensors.of("in.x", row(1)), "1", Map.of()), c -> Tensors.of("y", row(1)));
        assertFalse(r.passed());
        assertTrue(r.detail().contains("neither outputs nor gradients"), r.detail());
    }

    @Test
    void aFailedCaseNamesWhatNothingWasComputedFrom() {
        Tensors t =
                Tensors.of("in.x", row(1), "in.mask", row(0), "param.w", row(2)).with("out.y", row(2));
        GoldenResult r = check(
                file(t, "1e-6", Map.of()), c -> Tensors.of("y", c.in().get("x").mul(1)));
        assertTrue(
                r.detail().contains("nothing was computed from in.mask")
                        && r.detail().contains("nothing was computed from param.w")
                        && !r.detail().contains("from in.x"),
                r.detail());
    }

    @Test
    void numbersInsideListsOfJsonCasesCompareByValue() {
        String json = "{\"outputs\":{\"v\":\"\"},\"data\":[{\"v\":[1,{\"a\":2.0}]}]}";
        GoldenFile f = GoldenFile.parse("j.json", json.getBytes(StandardCharsets.UTF_8));
        assertTrue(json(f, "[{\"v\":[1.0,{\"a\":2}]}]").passed());
        assertFalse(json(f, "[{\"v\":[1.0,{\"a\":3}]}]").passed());
        assertFalse(json(f, "[{\"v\":[1.0]}]").passed());
        assertFalse(json(f, "[{}]").passed());
    }

    private static GoldenResult json(GoldenFile f, String answer) {
        return new GoldenRunner(List.of(new Holder(new Answer(answer))), Reference.INSTANCE).check(f);
    }

    /** Answers the same always. */
    private record Answer(String json) implements GoldenFunction {
        @Override
        public String name() {
            return "answer";
        }

        @Override
        public Tensors run(GoldenCase c) {
            return Tensors.empty();
        }

        @Override
        public JsonNode runJson(GoldenCase c) {
            return Configs.mapper().readTree(json);
        }
    }

    /** Numbers its items from 1, plus an error. */
    private record Items(int off) implements GoldenFunction {
        @Override
        public String name() {
            return "items";
        }

        @Override
        public Tensors run(GoldenCase c) {
            return Tensors.empty();
        }

        @Override
        public JsonNode runJson(GoldenCase c) {
            var out = Configs.mapper().createArrayNode();
            for (int i = 0; i < c.data().orElseThrow().size(); i++) {
                out.addObject().put("v", i + 1 + off);
            }
            return out;
        }
    }

    /** A provider that only carries a golden function. */
    private record Holder(GoldenFunction function) implements ProbeProvider<Holder.Config> {
        record Config(@Doc("nothing") int n) {}

        @Override
        public Class<Config> config() {
            return Config.class;
        }

        @Override
        public Config defaults(Size size) {
            return new Config(1);
        }

        @Override
        public List<GoldenFunction> golden() {
            return List.of(function);
        }

        @Override
        public Report run(
                Config c,
                Map<String, org.layerzoo.core.spi.Model> s,
                java.util.Optional<org.layerzoo.core.spi.Task> t,
                org.layerzoo.core.spi.RunContext r) {
            return new Report("", List.of(), List.of());
        }
    }
}
