package org.layerzoo.cli;

import java.io.IOException;
import java.nio.file.Path;
import org.layerzoo.testkit.SourceJar;

/** A plugin "trouble" whose option "what" chooses how its forward misbehaves: throw, loop, allocate, heap, exit. */
final class TroubleJar {
    private static final String CODE = """
            package trouble;

            import java.util.ArrayList;
            import java.util.EnumSet;
            import java.util.List;
            import org.layerzoo.core.layer.Layer;
            import org.layerzoo.core.spi.*;
            import org.layerzoo.core.tensor.*;
            import org.pf4j.Extension;

            @Extension
            public final class Trouble implements LayerProvider<Trouble.Config> {
                public record Config(String what) {}

                public Class<Config> config() {
                    return Config.class;
                }

                public Config defaults(Size size) {
                    return new Config("none");
                }

                public Signature signature(Config c) {
                    return Signature.mixer(Contract.bidirectional(), EnumSet.of(Mode.SELF_NONCAUSAL));
                }

                public int axisSize(Config c, String axis) {
                    return 4;
                }

                public Layer build(Config c, Build build) {
                    return (in, call) -> {
                        List<Object> held = new ArrayList<>();
                        switch (c.what()) {
                            case "throw" -> throw new IllegalStateException("I never\\nworked");
                            case "exit" -> System.exit(0);
                            case "loop" -> { while (true) { Thread.onSpinWait(); } }
                            case "heap" -> { while (true) { held.add(new long[1 << 20]); } }
                            case "allocate" -> { while (true) { held.add(Tensor.zeros(DType.F32, 1 << 20).keep()); } }
                            default -> { }
                        }
                        return Tensors.of("y", in.get("x").mul(2));
                    };
                }
            }
            """;

    private TroubleJar() {}

    /** Writes trouble-0.1.0.jar into the folder. */
    static Path write(Path folder) throws IOException {
        return SourceJar.mixer("trouble", "trouble.Trouble", CODE, "Trouble", "Misbehaves on demand.")
                .write(folder);
    }
}
