package org.layerzoo.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.layerzoo.core.plugin.JarLayout;
import org.layerzoo.core.plugin.Plugin;
import org.layerzoo.core.plugin.Plugins;

class SourceJarTest {
    private static final String SOURCE = """
            package same;

            import java.util.EnumSet;
            import org.layerzoo.core.layer.Layer;
            import org.layerzoo.core.spi.*;
            import org.layerzoo.core.tensor.Tensors;

            public final class Same implements LayerProvider<Same.Config> {
                public record Config(String text) {}

                public Class<Config> config() {
                    return Config.class;
                }

                public Config defaults(Size size) {
                    return new Config("plain");
                }

                public Signature signature(Config c) {
                    return Signature.mixer(Contract.bidirectional(), EnumSet.of(Mode.SELF_NONCAUSAL));
                }

                public int axisSize(Config c, String axis) {
                    return 4;
                }

                public Layer build(Config c, Build build) {
                    return (in, call) -> Tensors.of("y", in.get("x"));
                }
            }
            """;

    @Test
    void whatIsPackedIsAPluginThatTheLoaderTakes(@TempDir Path folder) throws IOException {
        Path jar = SourceJar.mixer("same", "same.Same", SOURCE, "Same", "Its input.")
                .write(folder);
        assertEquals(folder.resolve("same-0.1.0.jar"), jar);
        Plugin plugin = Plugins.loadAlone(JarLayout.check(jar));
        assertEquals("same", plugin.id());
        assertEquals(1, plugin.providers().size());
    }

    @Test
    void aSourceThatTheCompilerRefusesIsToldInItsWords(@TempDir Path folder) throws IOException {
        SourceJar bad = SourceJar.mixer("bad", "bad.Bad", "package bad; class Bad { int x = y; }", "Bad", "Nothing.");
        String message = assertThrows(IllegalStateException.class, () -> bad.write(folder))
                .getMessage();
        assertTrue(message.contains("cannot find symbol"), message);
        assertTrue(Files.notExists(folder.resolve("bad-0.1.0.jar")));
    }
}
