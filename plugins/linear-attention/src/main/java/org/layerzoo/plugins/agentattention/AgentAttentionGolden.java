package org.layerzoo.plugins.agentattention;

import java.util.List;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.spi.Golden;
import org.layerzoo.core.spi.GoldenCase;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.plugins.agentattention.AgentAttentionConfig.Form;

/** AgentAttention of agent_deit.py, agent_pvt.py and agent_swin.py. */
final class AgentAttentionGolden {
    private AgentAttentionGolden() {}

    static Tensors layer(AgentAttentionProvider provider, GoldenCase c) {
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
        return Golden.model(provider, config, c, params).forward(c.in(), Call.eval());
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
}
