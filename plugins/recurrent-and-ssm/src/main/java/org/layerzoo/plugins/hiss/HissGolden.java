package org.layerzoo.plugins.hiss;

import java.util.List;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.layer.Aux;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.spi.Golden;
import org.layerzoo.core.spi.GoldenCase;
import org.layerzoo.core.spi.GoldenFunction;
import org.layerzoo.core.tensor.Tensors;

/** HierarchicalModel of hiss/models.py. */
final class HissGolden {
    private HissGolden() {}

    static List<GoldenFunction> all(HissProvider p) {
        return List.of(GoldenFunction.of("HierarchicalModel", c -> c.level().equals("layer"), c -> run(p, c)));
    }

    private static Tensors run(HissProvider p, GoldenCase c) {
        HissConfig config = new HissConfig(
                c.integer("d_in"),
                c.integer("d_out"),
                c.integer("freq_ratio"),
                stack(c, c.text("low"), c.integer("low_dim"), c.integer("low_layers")),
                stack(c, c.text("high"), c.integer("model_dim"), c.integer("high_layers")),
                false,
                0);
        Aux aux = Aux.collecting("summary");
        Tensors y = Golden.model(p, config, c, c.params())
                .forward(c.in(), Call.eval().with(aux));
        return y.with("summary", aux.ports().get("summary"));
    }

    private static Stack stack(GoldenCase c, String kind, int dim, int layers) {
        return switch (kind) {
            case "s4" -> new Stack.S4(dim, layers, c.integer("s4_state", 64), c.flag("prenorm", true));
            case "mamba" ->
                new Stack.Mamba(dim, layers, c.key("mamba").path("d_state").asInt(16));
            default -> throw ZooException.badArgument("hiss: levels s4 or mamba expected, given " + kind);
        };
    }
}
