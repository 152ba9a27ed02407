package org.layerzoo.plugins.agentattention;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Init;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.layer.Seqs;
import org.layerzoo.core.layer.Site;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.Padding;
import org.layerzoo.core.op.Spatial;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.Heads;
import org.layerzoo.nn.Linear;
import org.layerzoo.nn.Norm;
import org.layerzoo.nn.Sequences;
import org.layerzoo.plugins.agentattention.AgentAttentionConfig.Form;

/**
 * Agent attention (sections 3.2 and 3.3), x [B, N, D] -> y [B, N, D] for a map of N = h w tokens row by row:
 *
 * <pre>
 * A = pool(Q) to g x g;  V_A = softmax(A K^T d^-1/2 + B1) V;  O = softmax(Q A^T d^-1/2 + B2) V_A;  y = (O + DWC(V)) W
 * </pre>
 *
 * With n agents FLOPs O(B N (D^2 + n D)), memory B H N n. A class token is row 0; on a line there is neither bias nor DWC and
 * keys may come from a context [B, S, D]. Equals agent_deit.py and agent_pvt.py:AgentAttention of the authors.
 */
final class AgentAttentionLayer implements Layer {
    private static final String AGENTS = "agent.tokens";
    private static final String VALUES = "agent.values";
    private static final String HEADS = "attn.heads";

    private final AgentAttentionConfig c;
    private final List<Linear> qkv;
    private final Linear proj;
    private final Optional<OnMap> onMap;
    private final Optional<Reduction> reduction;

    /** What is learned per place of an h x w map. */
    private record OnMap(int h, int w, PlaceBias keys, PlaceBias queries, Param dwc, Param dwcBias) {}

    /** Keys and values of blocks: LayerNorm(conv(x)). */
    private record Reduction(int side, Param weight, Param bias, Norm norm) {
        static Reduction of(Params p, int dim, int side) {
            Param w = p.weight("sr.weight", Shape.of(dim, dim, side, side), Init.linear());
            Param b = p.weight("sr.bias", Shape.of(dim), Init.bias(dim * side * side), new Param.Attr.NoDecay());
            return new Reduction(side, w, b, Norm.Layer.of(p, "norm", dim, 1e-5));
        }

        Tensor apply(Tensor map) {
            return norm.apply(
                    rows(Spatial.bias(Spatial.conv2d(map, weight.value(), Padding.valid(), side, 1, 1), bias.value())));
        }
    }

    AgentAttentionLayer(AgentAttentionConfig c, Params p) {
        this.c = c;
        onMap = switch (c.form()) {
            case Form.Grid g -> Optional.of(onMap(p, g.height(), g.width(), g.reduction(), false));
            case Form.ClassToken g -> Optional.of(onMap(p, g.height(), g.width(), 1, true));
            case Form.Line l -> Optional.empty();
            case Form.TrainingFree f -> throw new IllegalArgumentException(f + " is a layer of its own");
        };
        qkv = classToken()
                ? List.of(Linear.of(p, "qkv", c.dim(), 3 * c.dim(), c.qkvBias()))
                : List.of(
                        Linear.of(p, "q", c.dim(), c.dim(), c.qkvBias()),
                        Linear.of(p, "kv", c.dim(), 2 * c.dim(), c.qkvBias()));
        proj = Linear.of(p, "proj", c.dim(), c.dim(), true);
        boolean reduces = c.form() instanceof Form.Grid g && g.reduction() > 1;
        reduction =
                reduces ? Optional.of(Reduction.of(p, c.dim(), ((Form.Grid) c.form()).reduction())) : Optional.empty();
    }

    private OnMap onMap(Params p, int h, int w, int reduction, boolean classToken) {
        PlaceBias keys = PlaceBias.ofKeys(p, c.heads(), c.agents(), h / reduction, w / reduction, classToken);
        PlaceBias queries = PlaceBias.ofQueries(p, c.heads(), c.agents(), h, w, classToken);
        Param dwc = p.weight("dwc.weight", Shape.of(c.dim(), 1, 3, 3), Init.linear());
        Param dwcBias = p.weight("dwc.bias", Shape.of(c.dim()), Init.bias(9), new Param.Attr.NoDecay());
        return new OnMap(h, w, keys, queries, dwc, dwcBias);
    }

    private boolean classToken() {
        return c.form() instanceof Form.ClassToken;
    }

    @Override
    public Tensors forward(Tensors in, Call call) {
        Sequences.wholeRows(call, "agent-attention");
        Tensor x = in.get("x");
        onMap.ifPresent(m -> fits(m, x, call));
        List<Tensor> t = projections(x, in.find("context"));
        Tensor pooled = call.taps().at(AGENTS, agents(t.get(0)));
        AgentCore core = new AgentCore(
                Heads.split(t.get(0), c.heads()),
                Heads.split(pooled, c.heads()),
                Heads.split(t.get(1), c.heads()),
                Heads.split(t.get(2), c.heads()),
                onMap.map(m -> m.keys().value()),
                onMap.map(m -> m.queries().value()));
        Tensor o = call.taps().at(HEADS, core.handed(call.taps().at(VALUES, core.gathered())));
        if (call.aux().wants("weights")) {
            call.aux().put("weights", core.weights());
        }
        Tensor y = Heads.merge(o);
        return Tensors.of(
                "y", proj.apply(onMap.map(m -> y.add(convolved(m, t.get(2)))).orElse(y)));
    }

    private void fits(OnMap m, Tensor x, Call call) {
        int prefix = classToken() ? 1 : 0;
        if (x.dim(1) != m.h() * m.w() + prefix) {
            throw ZooException.badShape("agent-attention: " + (m.h() * m.w() + prefix) + " tokens expected (map "
                    + m.h() + " x " + m.w() + (prefix > 0 ? " and a class token" : "") + "), given " + x.shape());
        }
        Optional<Seqs.Grid> other = call.seqs().grid().filter(g -> g.h() != m.h() || g.w() != m.w() || g.t() != 1);
        if (other.isPresent()) {
            throw ZooException.badShape(
                    "agent-attention: built for a map of " + m.h() + " x " + m.w() + ", the call has " + other.get());
        }
    }

    /** q, k, v [B, ., D]. */
    private List<Tensor> projections(Tensor x, Optional<Tensor> context) {
        if (context.isPresent() && onMap.isPresent()) {
            throw ZooException.unsupported(
                    "agent-attention takes a context on a line only: on a map the biases belong to its own keys");
        }
        int d = c.dim();
        if (classToken()) {
            return Ops.split(qkv.getFirst().apply(x), -1, d, d, d);
        }
        Tensor source = reduction.map(r -> r.apply(map(x))).orElse(context.orElse(x));
        List<Tensor> kv = Ops.split(qkv.get(1).apply(source), -1, d, d);
        return List.of(qkv.get(0).apply(x), kv.get(0), kv.get(1));
    }

    /** Agents [B, n, D]: means of the queries over bins, without the class token. */
    private Tensor agents(Tensor q) {
        if (onMap.isPresent()) {
            return rows(Spatial.adaptiveAvgPool(map(q), c.side(), c.side()));
        }
        return Spatial.adaptiveAvgPool(q.permute(0, 2, 1), c.agents()).permute(0, 2, 1);
    }

    /** Tokens [B, (1 +) h w, D] as a map [B, D, h, w]. */
    private Tensor map(Tensor x) {
        OnMap m = onMap.orElseThrow();
        Tensor patches = x.slice(1, x.dim(1) - m.h() * m.w(), x.dim(1));
        return patches.permute(0, 2, 1).reshape(x.dim(0), x.dim(2), m.h(), m.w());
    }

    /** [B, D, h, w] -> [B, h w, D]. */
    private static Tensor rows(Tensor map) {
        return map.reshape(map.dim(0), map.dim(1), map.dim(2) * map.dim(3)).permute(0, 2, 1);
    }

    /** DWC(V): depthwise 3 x 3 on the map of values, zero at the class token. */
    private Tensor convolved(OnMap m, Tensor v) {
        Tensor values = reduction
                .map(r -> {
                    Tensor small = v.permute(0, 2, 1).reshape(v.dim(0), v.dim(2), m.h() / r.side(), m.w() / r.side());
                    return Spatial.interpolate(small, Spatial.Interpolation.LINEAR, false, m.h(), m.w());
                })
                .orElseGet(() -> map(v));
        Tensor y = rows(Spatial.bias(
                Spatial.conv2d(values, m.dwc().value(), Padding.of(1), 1, 1, c.dim()),
                m.dwcBias().value()));
        return classToken() ? Ops.padZero(y, 1, 1, 0) : y;
    }

    @Override
    public List<Site> sites() {
        return List.of(new Site(AGENTS, "B n D"), new Site(VALUES, "B H n d"), new Site(HEADS, "B H T d"));
    }
}
