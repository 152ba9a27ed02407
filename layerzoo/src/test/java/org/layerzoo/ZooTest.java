package org.layerzoo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensors;

class ZooTest {
    private static final Path PLUGINS = Path.of(System.getProperty("zoo.test.plugins"));

    @TempDir
    Path folder;

    @Test
    void theExampleOfTheReadmeCompilesRunsAndPrintsWhatItSays() throws Exception {
        String readme = Files.readString(Path.of("README.md"));
        Matcher code = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL).matcher(readme);
        assertTrue(code.find());
        assertTrue(code.group(1).lines().count() <= 10);
        String program = """
                import java.nio.file.Path;
                import java.util.Map;
                import org.layerzoo.Zoo;
                import org.layerzoo.core.layer.*;
                import org.layerzoo.core.tensor.*;
                public class Example { public static void main(String[] a) {
                """ + code.group(1).replace("build/plugins", PLUGINS.toString()) + "} }";
        Path source = folder.resolve("Example.java");
        Files.writeString(source, program);
        List<String> options = List.of(
                "-proc:none", "-d", folder.toString(), "-cp", System.getProperty("java.class.path"), source.toString());
        assertEquals(0, ToolProvider.getSystemJavaCompiler().run(null, null, null, options.toArray(String[]::new)));
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        PrintStream before = System.out;
        try (URLClassLoader loader =
                new URLClassLoader(new URL[] {folder.toUri().toURL()})) {
            System.setOut(new PrintStream(said, true, StandardCharsets.UTF_8));
            loader.loadClass("Example").getMethod("main", String[].class).invoke(null, (Object) new String[0]);
        } finally {
            System.setOut(before);
        }
        assertTrue(
                readme.contains(
                        "It prints `" + said.toString(StandardCharsets.UTF_8).strip() + "`"),
                said.toString(StandardCharsets.UTF_8));
    }

    @Test
    void aModelHasItsParametersAndTheSameSeedGivesTheSameNumbers() {
        try (Zoo zoo = Zoo.open(PLUGINS)) {
            Model m = zoo.model("mamba", Map.of("dim", 64, "states", 4), 7, DType.F32);
            assertEquals("(128, 4)", m.params().param("A_log").spec().shape().toString());
            Tensors in = zoo.example("mamba", 9);
            double[] y = m.forward(in, Call.eval()).get("y").toDoubles();
            double[] again = zoo.model("mamba", Map.of("dim", 64, "states", 4), 7, DType.F32)
                    .forward(in, Call.eval())
                    .get("y")
                    .toDoubles();
            assertEquals(9 * 64, y.length);
            assertTrue(java.util.Arrays.equals(y, again));
        }
    }

    @Test
    void unknownPluginsAndOptionsAreNamed() {
        try (Zoo zoo = Zoo.open(PLUGINS)) {
            assertTrue(zoo.ids().contains("mamba"));
            assertTrue(assertThrows(ZooException.class, () -> zoo.layer("manba"))
                    .getMessage()
                    .contains("did you mean 'mamba'"));
            assertTrue(assertThrows(ZooException.class, () -> zoo.layer("mamba", Map.of("width", 3)))
                    .getMessage()
                    .contains("width"));
        }
    }
}
