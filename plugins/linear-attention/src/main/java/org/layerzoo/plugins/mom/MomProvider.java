package org.layerzoo.plugins.mom;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.function.UnaryOperator;
import org.layerzoo.core.layer.Aux;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Draws;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.layer.ParamTree;
import org.layerzoo.core.spi.Build;
import org.layerzoo.core.spi.Check;
import org.layerzoo.core.spi.Contract;
import org.layerzoo.core.spi.Contract.GradientLaw;
import org.layerzoo.core.spi.Golden;
import org.layerzoo.core.spi.GoldenCase;
import org.layerzoo.core.spi.GoldenFunction;
import org.layerzoo.core.spi.LayerProvider;
import org.layerzoo.core.spi.Mode;
import org.layerzoo.core.spi.Port;
import org.layerzoo.core.spi.Signature;
import org.layerzoo.core.spi.Size;
import org.layerzoo.core.spi.StateSpec;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.TokenProjections;
import org.layerzoo.nn.linear.GatedSlots;
import org.layerzoo.plugins.mom.MomConfig.Routing;
import org.layerzoo.plugins.mom.MomConfig.Rule;
import org.layerzoo.plugins.mom.check.MomChecks;
import org.pf4j.Extension;

/** Mixture of memories: recurrent memories to which a router sends tokens. */
@Extension
public final class MomProvider implements LayerProvider<MomConfig> {
    @Override
    public Class<MomConfig> config() {
        return MomConfig.class;
    }

    @Override
    public MomConfig defaults(Size size) {
        return switch (size) {
            case TINY -> of(8, 2, 4, 1);
            case TEST -> of(64, 2, 32, 1);
            case PAPER -> of(1024, 4, 256, 1);
        };
    }

    private static MomConfig of(int dim, int heads, int headDim, double expandV) {
        Routing r = new Routing(4, 2, true, false, 1, 0.01);
        return new MomConfig(dim, heads, headDim, expandV, r, Rule.GATED_DELTA, 64, true, 4, 1e-5);
    }

    @Override
    public Signature signature(MomConfig c) {
        List<StateSpec> state = new ArrayList<>();
        memory(state, c, MomLayer.ROUTED, "M*H", "what each memory has been sent, F32 or wider");
        for (String n : List.of("q", "k", "v")) {
            state.add(
                    new StateSpec("routed_" + n + "_conv1d", "fixed", "B M W-1 D", "a memory's last projected inputs"));
        }
        if (c.routing().shared()) {
            memory(state, c, MomLayer.SHARED, "H", "the memory of every token, F32 or wider");
            state.addAll(TokenProjections.state(c.conv()));
        }
        return Signature.mixer(
                        Contract.causalStreaming().with(GradientLaw.FROZEN_SELECTION),
                        EnumSet.of(Mode.SELF_CAUSAL, Mode.STREAMING, Mode.VARLEN),
                        state.toArray(StateSpec[]::new))
                .giving(Port.aux("router_logits", "B T M", "scores of the memories"));
    }

    private static void memory(List<StateSpec> to, MomConfig c, String name, String heads, String doc) {
        if (c.rule() == Rule.SLOTS) {
            to.add(new StateSpec(MomLayer.part(name, GatedSlots.KEYS), "fixed", "B " + heads + " d m", doc));
            to.add(new StateSpec(MomLayer.part(name, GatedSlots.VALUES), "fixed", "B " + heads + " m V", doc));
        } else {
            to.add(new StateSpec(name, "fixed", "B " + heads + " d V", doc));
        }
    }

    @Override
    public Layer build(MomConfig c, Build build) {
        return new MomLayer(c, build.params(), UnaryOperator.identity());
    }

    @Override
    public List<GoldenFunction> golden() {
        return List.of(GoldenFunction.of("layer", c -> c.level().equals("layer"), this::layer));
    }

    private Tensors layer(GoldenCase c) {
        Routing r = new Routing(
                c.integer("num_memories"),
                c.integer("topk"),
                c.flag("shared_mem"),
                c.flag("single_kv_proj"),
                c.number("capacity"),
                0);
        MomConfig config = new MomConfig(
                c.integer("hidden_size"),
                c.integer("num_heads"),
                c.integer("head_dim"),
                c.number("expand_v"),
                r,
                Rule.GATED_DELTA,
                64,
                c.flag("use_gate"),
                c.integer("conv_size"),
                c.number("norm_eps"));
        Aux aux = Aux.collecting("router_logits");
        // D is a parameter of the authors' class that nothing reads.
        Tensors params = c.params().without("D");
        Layer layer = Golden.model(this, config, c, params).layer();
        if (c.in().has("order")) {
            // Their sort isn't stable: where it moved tokens within a memory, the order it gave is recorded.
            ParamTree tree = new ParamTree(Draws.seeded(0), c.dtype());
            layer = new MomLayer(config, tree.root(), d -> d.ordered(c.in().get("order")));
            tree.load(params, true);
        }
        Tensors y = layer.forward(c.in(), Call.eval().with(aux));
        return y.with("router_logits", aux.ports().get("router_logits"));
    }

    @Override
    public List<Check> checks() {
        return MomChecks.all();
    }
}
