package org.layerzoo.plugins.blockrecurrenttransformer;

import java.util.Optional;
import org.layerzoo.core.layer.Init;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.nn.Heads;
import org.layerzoo.nn.memory.StateGate;
import org.layerzoo.nn.memory.WindowTokens;
import org.layerzoo.plugins.blockrecurrenttransformer.BrtConfig.Form;

/** The states of a recurrent layer: their projections and how they change behind a block. */
final class StateCell {
    private final Param initial;
    private final Param ids;
    private final WindowTokens projections;
    private final Optional<StateGate.Net> first;
    private final Optional<Param> norm;
    private final Optional<StateGate.Net> second;

    StateCell(BrtConfig c, Params p) {
        BrtConfig.Cell s = c.cell();
        initial = p.weight("recurrent_initial_state", Shape.of(s.states(), c.dim()), Init.normal(0.1));
        Params r = p.at("recurrent_tbase");
        ids = r.weight("_kvq.position_embeddings", Shape.of(s.states(), c.dim()), Init.normal(0.1));
        projections = new WindowTokens(r, c.options(), true);
        int width = 2 * c.options().width();
        Form f = s.form();
        first = f == Form.SINGLE
                ? Optional.empty()
                : Optional.of(StateGate.Net.of(r.at("post_attn_mlp"), s.gate(), width, 0, c.dim(), s.tanh()));
        norm = f == Form.DUAL
                ? Optional.of(WindowTokens.gain(r, "pre_ffn_layernorm.scale", c.dim()))
                : Optional.empty();
        int in = f == Form.SINGLE ? width : c.dim();
        second = f == Form.SKIP
                ? Optional.empty()
                : Optional.of(
                        StateGate.Net.of(r.at("ffn"), s.gate(), in, c.hidden(), c.dim(), s.tanh() || f == Form.SINGLE));
    }

    /** [B, S, D] for the batch of x. */
    Tensor start(Tensor x) {
        Tensor s = initial.value();
        return s.unsqueeze(0).expand(x.dim(0), s.dim(0), s.dim(1));
    }

    WindowTokens.Projected project(Tensor states) {
        return projections.project(states, Optional.of(ids.value()));
    }

    /** @param s the projections of the states @param k keys [B, H, 2 W, d] of two blocks of tokens */
    Tensor next(Tensor states, WindowTokens.Projected s, Tensor k, Tensor v) {
        Tensor self = WindowTokens.all(s.self(), s.k(), s.v());
        Tensor cross = WindowTokens.all(s.cross().orElseThrow(), k, v);
        Tensor h = Ops.concat(2, Heads.merge(self), Heads.merge(cross));
        Tensor once = first.map(net -> net.apply(states, h)).orElse(states);
        Tensor read = norm.map(g -> WindowTokens.norm(once, g)).orElse(h);
        return second.map(net -> net.apply(once, read)).orElse(once);
    }
}
