package org.layerzoo.plugins.blockrecurrenttransformer;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.layer.Streaming;
import org.layerzoo.core.state.Opening;
import org.layerzoo.core.state.State;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.memory.WindowTokens;

/** Layers with sliding windows of which one is recurrent, and a norm: x [B, T, D] -> y [B, T, D]. */
final class BrtStack implements Streaming {
    private final List<BrtLayer> layers = new ArrayList<>();
    private final Param norm;

    BrtStack(BrtConfig c, Params p) {
        for (int i = 0; i < c.layers(); i++) {
            layers.add(new BrtLayer(c, p.at(path(i)), i == c.recurrent()));
        }
        norm = WindowTokens.gain(p, "final_layernorm.scale", c.dim());
    }

    private static String path(int i) {
        return "transformer" + i;
    }

    @Override
    public Tensors forward(Tensors in, Call call) {
        Tensors x = in;
        for (int i = 0; i < layers.size(); i++) {
            x = Tensors.of("x", layers.get(i).forward(x, call.under(path(i))).get("y"));
        }
        return finish(x.get("x"));
    }

    private Tensors finish(Tensor x) {
        return Tensors.of("y", WindowTokens.norm(x, norm));
    }

    @Override
    public State open(Opening o) {
        State s = new State(o.batch());
        for (int i = 0; i < layers.size(); i++) {
            s.with(path(i), layers.get(i).open(o));
        }
        return s;
    }

    @Override
    public Tensors advance(Tensors in, State s, Call call) {
        Tensors x = in;
        for (int i = 0; i < layers.size(); i++) {
            x = Tensors.of(
                    "x",
                    layers.get(i)
                            .advance(x, s.under(path(i)), call.under(path(i)))
                            .get("y"));
        }
        s.advance(in.get("x").dim(1));
        return finish(x.get("x"));
    }

    @Override
    public SequencedMap<String, Layer> children() {
        SequencedMap<String, Layer> m = new LinkedHashMap<>();
        for (int i = 0; i < layers.size(); i++) {
            m.put(path(i), layers.get(i));
        }
        return m;
    }
}
