package org.layerzoo.plugins.seqboatsma;

import java.util.List;
import java.util.Locale;
import org.layerzoo.core.layer.Aux;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.spi.Golden;
import org.layerzoo.core.spi.GoldenCase;
import org.layerzoo.core.spi.GoldenFunction;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.plugins.seqboatsma.SeqBoatConfig.Norms;
import org.layerzoo.plugins.seqboatsma.SeqBoatConfig.Positions;
import org.layerzoo.plugins.seqboatsma.SeqBoatConfig.Reach;
import org.layerzoo.plugins.seqboatsma.SeqBoatConfig.Weights;

/** SeqBoatUnit of fairseq/modules/seqboat_unit.py; time comes first there. */
final class SeqBoatGolden {
    private SeqBoatGolden() {}

    static List<GoldenFunction> all(SeqBoatProvider p) {
        return List.of(GoldenFunction.of("SeqBoatUnit", c -> c.level().equals("layer"), c -> unit(p, c)));
    }

    private static Tensors unit(SeqBoatProvider p, GoldenCase c) {
        int chunk = Math.max(0, c.integer("chunk_size"));
        boolean rms = c.text("norm_type").equals("rmsnorm");
        boolean pre = c.flag("prenorm", true);
        boolean rotary = c.text("rel_pos_bias", "simple").equals("rotary");
        SeqBoatConfig config = new SeqBoatConfig(
                c.integer("embed_dim"),
                c.integer("zdim"),
                c.integer("hdim"),
                c.integer("ndim"),
                new Reach(c.flag("causal", !c.flag("bidirectional")), chunk, c.number("density_threshold", 0.9), true),
                Weights.valueOf(c.text("attention_activation").toUpperCase(Locale.ROOT)),
                rotary ? Positions.ROTARY : c.flag("local_pos", false) ? Positions.PACKED : Positions.BIAS,
                c.integer("max_positions"),
                rms ? (pre ? Norms.RMS : Norms.RMS_POST) : (pre ? Norms.LAYER : Norms.LAYER_POST),
                !c.flag("always_act", false),
                0,
                0);
        Aux aux = Aux.collecting("router");
        Tensors y = Golden.model(p, config, c, c.params())
                .forward(
                        Tensors.of("x", c.in().get("x").transpose(0, 1)),
                        Call.eval().with(aux));
        return Tensors.of("y", y.get("y").transpose(0, 1))
                .with("router_probs", aux.ports().get("router"));
    }
}
