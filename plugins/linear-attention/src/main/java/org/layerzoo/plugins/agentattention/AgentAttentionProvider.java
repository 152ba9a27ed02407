package org.layerzoo.plugins.agentattention;

import java.util.EnumSet;
import java.util.List;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.spi.Build;
import org.layerzoo.core.spi.Check;
import org.layerzoo.core.spi.Contract;
import org.layerzoo.core.spi.GoldenFunction;
import org.layerzoo.core.spi.LayerProvider;
import org.layerzoo.core.spi.Mode;
import org.layerzoo.core.spi.Port;
import org.layerzoo.core.spi.Scale;
import org.layerzoo.core.spi.Signature;
import org.layerzoo.core.spi.Size;
import org.layerzoo.plugins.agentattention.AgentAttentionConfig.Form;
import org.layerzoo.plugins.agentattention.check.AgentAttentionChecks;
import org.pf4j.Extension;

/** Agent attention: a few pooled queries stand between all queries and all keys. */
@Extension
public final class AgentAttentionProvider implements LayerProvider<AgentAttentionConfig> {
    @Override
    public Class<AgentAttentionConfig> config() {
        return AgentAttentionConfig.class;
    }

    @Override
    public AgentAttentionConfig defaults(Size size) {
        return switch (size) {
            case TINY -> new AgentAttentionConfig(8, 2, 4, true, new Form.Grid(3, 4, 1));
            case TEST -> new AgentAttentionConfig(64, 2, 9, true, new Form.Grid(8, 8, 1));
            case PAPER -> new AgentAttentionConfig(384, 6, 49, true, new Form.ClassToken(14, 14));
        };
    }

    @Override
    public Signature signature(AgentAttentionConfig c) {
        Signature s =
                switch (c.form()) {
                    case Form.Grid g -> onMap(g.height() * g.width());
                    case Form.ClassToken g -> onMap(g.height() * g.width() + 1);
                    case Form.Line l ->
                        Signature.mixer(Contract.bidirectional(), EnumSet.of(Mode.SELF_NONCAUSAL, Mode.CROSS_NONCAUSAL))
                                .with(Port.optional(
                                        "context", "B S D", "where keys and values come from; x itself when absent"));
                    case Form.TrainingFree f ->
                        Signature.mixer(Contract.bidirectional(), EnumSet.of(Mode.SELF_NONCAUSAL))
                                .with(Port.optional(
                                        "merged",
                                        "B n D",
                                        "tokens as the model has merged them; means over bins when absent"));
                };
        if (c.form() instanceof Form.TrainingFree) {
            return s;
        }
        return s.giving(
                Port.aux("weights", "B H T S", "the whole mixing matrix of each head, without the convolution"));
    }

    private static Signature onMap(int tokens) {
        return Signature.mixer(
                Contract.bidirectional().withFixedLength(tokens), EnumSet.of(Mode.SELF_NONCAUSAL, Mode.TWO_D));
    }

    /** The map nearest to a square; with a class token, {@code length} counts it. */
    @Override
    public AgentAttentionConfig atLength(AgentAttentionConfig c, int length) {
        return switch (c.form()) {
            case Form.Grid g -> {
                int[] hw = Scale.of(1, length).grid();
                yield with(c, new Form.Grid(hw[0], hw[1], g.reduction()));
            }
            case Form.ClassToken g -> {
                if (length < 2) {
                    throw ZooException.badArgument(
                            "agent-attention with a class token: at least 2 tokens expected, given " + length);
                }
                int[] hw = Scale.of(1, length - 1).grid();
                yield with(c, new Form.ClassToken(hw[0], hw[1]));
            }
            case Form.Line l -> c;
            case Form.TrainingFree f -> c;
        };
    }

    private static AgentAttentionConfig with(AgentAttentionConfig c, Form form) {
        return new AgentAttentionConfig(c.dim(), c.heads(), c.agents(), c.qkvBias(), form);
    }

    @Override
    public Layer build(AgentAttentionConfig c, Build build) {
        return c.form() instanceof Form.TrainingFree f
                ? new TrainingFreeAttention(c, f, build.params())
                : new AgentAttentionLayer(c, build.params());
    }

    @Override
    public List<GoldenFunction> golden() {
        return List.of(
                GoldenFunction.of("layer", c -> c.level().equals("layer"), c -> AgentAttentionGolden.layer(this, c)));
    }

    @Override
    public List<Check> checks() {
        return AgentAttentionChecks.all();
    }
}
