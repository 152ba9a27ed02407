package org.layerzoo.runner.agent;

import java.io.IOException;
import java.nio.file.Path;
import org.layerzoo.testkit.SourceJar;

/** A plugin "doubler" of one layer, x [B, T, 4] -> y = 2 x. */
final class DoublerJar {
    private static final String CODE = """
            package doubler;

            import java.util.EnumSet;
            import org.layerzoo.core.layer.Layer;
            import org.layerzoo.core.spi.*;
            import org.layerzoo.core.tensor.Tensors;
            import org.pf4j.Extension;

            @Extension
            public final class Doubler implements LayerProvider<Doubler.Config> {
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
                    return (in, call) -> Tensors.of("y", in.get("x").mul(2));
                }
            }
            """;

    private DoublerJar() {}

    /** Writes doubler-0.1.0.jar into the folder. */
    static Path write(Path folder) throws IOException {
        return SourceJar.mixer("doubler", "doubler.Doubler", CODE, "Doubler", "Twice its input.")
                .write(folder);
    }
}
