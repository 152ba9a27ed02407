package org.layerzoo.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.layerzoo.core.io.Safetensors;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;

/** Every bad input ends with its exit code and one line that says what was wrong. */
class BadInputTest {
    @TempDir
    Path folder;

    static Stream<Arguments> usage() {
        return Stream.of(
                wrong(List.of(), "a command is missing"),
                wrong(List.of("fly"), "fly"),
                wrong(List.of("list", "--colour"), "--colour"),
                wrong(List.of("run"), "ID"),
                wrong(List.of("run", "manba"), "did you mean 'mamba'"),
                wrong(List.of("run", "Mam ba"), "no plugin reference"),
                wrong(List.of("run", "mamba/other"), "no provider 'other'"),
                wrong(List.of("run", "mamba", "--set", "dim=wide"), "'dim' must be an integer"),
                wrong(List.of("run", "mamba", "--set", "dim=0"), "'dim' must be at least 1"),
                wrong(List.of("run", "mamba", "--set", "colour=1"), "unknown option 'colour'"),
                wrong(List.of("run", "mamba", "--shape", "2,3"), "--shape"),
                wrong(List.of("run", "mamba", "--shape", "2,x,3"), "--shape"),
                wrong(List.of("run", "mamba", "--shape", "0,4,4"), "1 or more"),
                wrong(List.of("run", "mamba", "--dtype", "f12"), "f12"),
                wrong(List.of("run", "mamba", "--memory", "much"), "'much' is no size"),
                wrong(List.of("run", "mamba", "--official"), "--input"),
                wrong(List.of("run", "mamba", "--input", "nowhere.safetensors"), "nowhere.safetensors"),
                wrong(List.of("run", "mamba", "--config", "nowhere.json"), "nowhere.json"),
                wrong(List.of("list", "--plugins", "nowhere"), "nowhere"),
                wrong(List.of("verify"), "--all"),
                wrong(List.of("verify", "mamba", "--level", "7"), "1 to 4"),
                wrong(List.of("verify", "mamba", "--write", "nowhere.md"), "--level 3"),
                wrong(List.of("verify", "mamba", "--level", "3", "--write", "nowhere.md"), "nowhere.md cannot be read"),
                wrong(List.of("verify", "mamba", "--golden", "nowhere"), "nowhere"));
    }

    private static Arguments wrong(List<String> command, String named) {
        return Arguments.of(command, named);
    }

    @ParameterizedTest
    @MethodSource("usage")
    void badUsageIsExitTwoWithOneLine(List<String> command, String named) {
        Cli cli = new Cli(folder, command.isEmpty() ? List.of() : List.of(Cli.built()));
        Cli.Said said = cli.run(command.toArray(String[]::new));
        assertEquals(2, said.exit(), said.err());
        assertTrue(said.error().contains(named), said.err());
        assertEquals(1, said.err().lines().count(), said.err());
        assertEquals("", said.out());
    }

    @Test
    void aBackendThatIsNotHereIsExitThree() {
        Cli.Said said = Cli.in(folder).run("run", "mamba", "--backend", "abacus");
        assertEquals(3, said.exit());
        assertTrue(said.error().contains("unknown backend 'abacus'"), said.err());
    }

    @Test
    void everyTensorThatDoesNotFitIsListedAtOnce() throws Exception {
        Tensors golden = Safetensors.read(Cli.golden("mamba", "layer-t21-n16.safetensors", folder))
                .tensors();
        Path w = folder.resolve("w.safetensors");
        Safetensors.write(
                w,
                golden.under("param.")
                        .without("D")
                        .with("A_log", Tensor.zeros(DType.F32, 3))
                        .with("Z", Tensor.zeros(DType.F32, 1)),
                Map.of());
        Path x = folder.resolve("x.safetensors");
        Safetensors.write(
                x, Tensors.of("x", Tensor.zeros(DType.F32, 2, 5, 17), "q", Tensor.zeros(DType.F32, 1)), Map.of());
        Cli.Said said = Cli.in(folder)
                .run("run", "mamba", "--set", "dim=16", "--weights", w.toString(), "--input", x.toString());
        assertEquals(2, said.exit(), said.err());
        for (String part : List.of(
                "missing 'D'",
                "'A_log' has shape (3)",
                "unknown 'Z'",
                "unknown input 'q'",
                "'x' has shape (2, 5, 17)")) {
            assertTrue(said.error().contains(part), part + " is not in: " + said.error());
        }
    }

    @Test
    void officialOptionsThatCannotBeAreBadInput() throws Exception {
        Path golden = Cli.golden("mamba", "layer-t21-n16.safetensors", folder);
        for (String option : List.of("expand=0.01", "d_state=half", "d_conv=2.5")) {
            Cli.Said said =
                    Cli.in(folder).run("run", "mamba", "--official", "--input", golden.toString(), "--set", option);
            assertEquals(2, said.exit(), said.err());
            assertTrue(said.error().contains(option.substring(0, option.indexOf('='))), said.err());
        }
    }

    @Test
    void officialNamesThatNothingKnowsAreRefused() throws Exception {
        Path golden = Cli.golden("mamba", "layer-t21-n16.safetensors", folder);
        Safetensors.Content all = Safetensors.read(golden);
        Path more = folder.resolve("more.safetensors");
        Safetensors.write(more, all.tensors().with("in.extra", Tensor.zeros(DType.F32, 2)), all.metadata());
        Cli.Said said = Cli.in(folder)
                .run("run", "mamba", "--official", "--weights", golden.toString(), "--input", more.toString());
        assertEquals(2, said.exit(), said.err());
        assertTrue(said.error().contains("unknown input 'extra'"), said.err());
        Path fewer = folder.resolve("fewer.safetensors");
        Safetensors.write(fewer, all.tensors().without("param.D").without("param.A_log"), all.metadata());
        said = Cli.in(folder)
                .run("run", "mamba", "--official", "--weights", fewer.toString(), "--input", golden.toString());
        assertEquals(2, said.exit(), said.err());
        assertTrue(said.error().contains("missing 'D'") && said.error().contains("missing 'A_log'"), said.err());
        said = Cli.in(folder)
                .run(
                        "run",
                        "mamba",
                        "--official",
                        "--weights",
                        golden.toString(),
                        "--input",
                        golden.toString(),
                        "--case",
                        "no-such");
        assertEquals(2, said.exit(), said.err());
        assertTrue(said.error().contains("no-such") && said.error().contains("layer"), said.err());
    }

    @Test
    void brokenTensorFilesAreNamed() throws Exception {
        byte[] whole = Files.readAllBytes(Cli.golden("mamba", "layer-t21-n16.safetensors", folder));
        Map<String, byte[]> files = Map.of(
                "empty", new byte[0],
                "cut", Arrays.copyOf(whole, whole.length - 100),
                "header", Arrays.copyOf(whole, 40),
                "noise", "this is no tensor file at all".getBytes());
        for (var e : files.entrySet()) {
            Path file = folder.resolve(e.getKey() + ".safetensors");
            Files.write(file, e.getValue());
            Cli.Said said = Cli.in(folder).run("run", "mamba", "--input", file.toString());
            assertEquals(2, said.exit(), said.err());
            assertTrue(said.error().contains(file.toString()), said.err());
        }
    }

    @Test
    void aConfigThatIsNoJsonObjectIsNamed() throws Exception {
        Path config = folder.resolve("config.json");
        for (String text : List.of("{\"dim\": ", "[1, 2]", "{\"dim\": 4.5}", "{\"dim\": 4, \"size\": 3}")) {
            Files.writeString(config, text);
            Cli.Said said = Cli.in(folder).run("run", "mamba", "--config", config.toString());
            assertEquals(2, said.exit(), said.err());
            assertTrue(said.error().contains("config") || said.error().contains("option"), said.err());
        }
    }

    @Test
    void anOutputThatCannotBeWrittenIsExitThree() {
        Path y = folder.resolve("no/such/folder/y.safetensors");
        Cli.Said said = Cli.in(folder).run("run", "mamba", "--output", y.toString());
        assertEquals(3, said.exit());
        assertTrue(said.error().contains(y.toString()), said.err());
        assertFalse(Files.exists(y));
    }
}
