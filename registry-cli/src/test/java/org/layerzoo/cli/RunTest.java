package org.layerzoo.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.layerzoo.core.io.Npy;
import org.layerzoo.core.io.Safetensors;
import org.layerzoo.core.op.Errors;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensors;

/** {@code zoo run} on files of the authors' code and on our own. */
class RunTest {
    private static final String CASE = "layer-t21-n16.safetensors";

    @TempDir
    Path folder;

    @Test
    void officialRunReproducesAGoldenFileWithItsGradients() throws Exception {
        Path golden = Cli.golden("mamba", CASE, folder);
        Path y = folder.resolve("y.safetensors");
        Cli.Said said = run(
                "--official",
                "--weights",
                golden.toString(),
                "--input",
                golden.toString(),
                "--grad",
                "--output",
                y.toString(),
                "--json");
        assertEquals(0, said.exit(), said.err());
        assertReproduced(golden, y);
        assertEquals("mamba", said.json().get("id").asString());
        assertEquals(y.toString(), said.json().get("output").asString());
    }

    @Test
    void namesWithoutPrefixesAndAConfigFileDoAsWell() throws Exception {
        Path golden = Cli.golden("mamba", CASE, folder);
        Safetensors.Content all = Safetensors.read(golden);
        Path w = folder.resolve("w.safetensors");
        Path x = folder.resolve("x.safetensors");
        Path config = folder.resolve("config.json");
        Path y = folder.resolve("y.safetensors");
        Safetensors.write(w, all.tensors().under("param."), Map.of());
        Safetensors.write(
                x, all.tensors().under("in.").with(all.tensors().under("cot.").prefixed("cot.")), Map.of());
        Files.writeString(config, all.metadata().get("config"));
        Cli.Said said = run(
                "--official",
                "--config",
                config.toString(),
                "--weights",
                w.toString(),
                "--input",
                x.toString(),
                "--grad",
                "--output",
                y.toString());
        assertEquals(0, said.exit(), said.err());
        assertReproduced(golden, y);
    }

    private static void assertReproduced(Path golden, Path y) {
        Tensors expected = Safetensors.read(golden).tensors();
        Tensors given = Safetensors.read(y).tensors();
        assertEquals(12 - 1, given.size(), given.names().toString());
        for (String name : given.names()) {
            double e = Errors.relative(given.get(name), expected.get(name));
            assertTrue(e < 1e-5, name + " is off by " + e);
        }
    }

    @Test
    void ownParameterNamesAndAnArrayGiveTheSameOutputInF64() throws Exception {
        Path golden = Cli.golden("mamba", CASE, folder);
        Tensors all = Safetensors.read(golden).tensors();
        Path x = folder.resolve("x.npy");
        Npy.write(x, all.get("in.x"));
        Path y = folder.resolve("y.safetensors");
        Cli.Said said = run(
                "--set",
                "dim=16",
                "--weights",
                golden.toString(),
                "--input",
                x.toString(),
                "--dtype",
                "f64",
                "--output",
                y.toString());
        assertEquals(0, said.exit(), said.err());
        Tensors out = Safetensors.read(y).tensors();
        assertEquals(DType.F64, out.get("out.y").dtype());
        assertTrue(Errors.relative(out.get("out.y"), all.get("out.y")) < 1e-6);
    }

    @Test
    void aShapeSetsBatchLengthAndWidth() {
        Cli.Said said = run("--shape", "2,7,12", "--json", "--grad");
        assertEquals(0, said.exit(), said.err());
        assertEquals("[2,7,12]", said.json().at("/tensors/out.y/shape").toString());
        assertEquals(12, said.json().at("/config/dim").asInt());
        assertEquals(
                "[48,12]",
                said.json().at("/tensors/grad.param.in_proj.weight/shape").toString());
    }

    @Test
    void headsAndWidthOfAShapeAreSetTogether() {
        Cli cli = Cli.in(folder);
        Cli.Said said = cli.run("run", "flash-attention-2", "--shape", "1,2,5,8", "--json");
        assertEquals(0, said.exit(), said.err());
        assertEquals("[1,2,5,8]", said.json().at("/tensors/out.o/shape").toString());
    }

    @Test
    void theSameSeedGivesTheSameNumbers() {
        double a = run("--seed", "7", "--json").json().at("/tensors/out.y/norm").asDouble();
        double b = run("--seed", "7", "--json").json().at("/tensors/out.y/norm").asDouble();
        double c = run("--seed", "8", "--json").json().at("/tensors/out.y/norm").asDouble();
        assertEquals(a, b);
        assertTrue(a != c);
    }

    private Cli.Said run(String... more) {
        String[] all = new String[more.length + 2];
        all[0] = "run";
        all[1] = "mamba";
        System.arraycopy(more, 0, all, 2, more.length);
        return Cli.in(folder).run(all);
    }
}
