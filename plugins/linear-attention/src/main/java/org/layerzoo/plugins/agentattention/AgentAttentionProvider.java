package org.layerzoo.plugins.agentattention;

import java.util.EnumSet;
import java.util.List;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.spi.Build;
import org.layerzoo.core.spi.Check;
import org.layerzoo.core.spi.Contract;
import org.layerzoo.core.spi.Golden;
import org.layerzoo.core.spi.GoldenCase;
import org.layerzoo.core.spi.GoldenFunction;
import org.layerzoo.core.spi.LayerProvider;
import org.layerzoo.core.spi.Mode;
import org.layerzoo.core.spi.Port;
import org.layerzoo.core.spi.Scale;
import org.layerzoo.core.spi.Signature;
import org.layerzoo.core.spi.Size;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
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
                };
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
        };
    }

    private static AgentAttentionConfig with(AgentAttentionConfig c, Form form) {
        return new AgentAttentionConfig(c.dim(), c.heads(), c.agents(), c.qkvBias(), form);
    }

    @Override
    public Layer build(AgentAttentionConfig c, Build build) {
        return new AgentAttentionLayer(c, build.params());
    }

    @Override
    public List<GoldenFunction> golden() {
        return List.of(GoldenFunction.of("layer", c -> c.level().equals("layer"), this::layer));
    }

    private Tensors layer(GoldenCase c) {
        boolean classToken = c.flag("class_token", false);
        int h = size(c, "H", 0);
        int w = size(c, "W", 1);
        int reduction = c.integer("sr_ratio", 1);
        if (classToken && reduction > 1) {
            throw new ZooException(
                    ErrorCode.BAD_CONFIG,
                    "case " + c.name() + ": the form with a class token has no sr_ratio, given " + reduction);
        }
        Form form = classToken ? new Form.ClassToken(h, w) : new Form.Grid(h, w, reduction);
        Tensors params = classToken ? c.params() : apart(c.params());
        boolean bias = c.flag("qkv_bias", params.has("qkv.bias") || params.has("q.bias"));
        AgentAttentionConfig config = new AgentAttentionConfig(
                c.integer("dim"), c.integer("num_heads"), c.integer("agent_num", 49), bias, form);
        return Golden.model(this, config, c, params).forward(c.in(), Call.eval());
    }

    /** A window (Swin) is a map whose released projection has rows q, k, v in one; a map's are q and [k, v]. */
    private static Tensors apart(Tensors params) {
        Tensors out = Tensors.empty();
        for (String name : params.names()) {
            Tensor p = params.get(name);
            if (name.startsWith("qkv.")) {
                int d = p.dim(0) / 3;
                List<Tensor> rows = Ops.split(p, 0, d, p.dim(0) - d);
                out = out.with(name.replace("qkv", "q"), rows.get(0)).with(name.replace("qkv", "kv"), rows.get(1));
            } else {
                out = out.with(name, p);
            }
        }
        return out;
    }

    /** H and W, or one number or a pair under {@code window} or {@code window_size}. */
    private static int size(GoldenCase c, String key, int place) {
        if (c.has(key)) {
            return c.integer(key);
        }
        String window = c.has("window") ? "window" : "window_size";
        return c.key(window).isArray() ? c.key(window).get(place).asInt() : c.integer(window);
    }

    @Override
    public List<Check> checks() {
        return AgentAttentionChecks.all();
    }
}
