package org.layerzoo.plugins.blockrecurrenttransformer;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.layer.Streaming;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.state.Opening;
import org.layerzoo.core.state.State;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.LayerTree;
import org.layerzoo.nn.Sequences;
import org.layerzoo.nn.memory.WindowTokens;

/**
 * Layers with sliding windows of which one is recurrent, and a norm: x [B, T, D] -> y [B, T, D]. With feedback every layer also attends to the
 * states of the blocks before, by queries of its own and the recurrent layer's keys and values; all layers then go block by block.
 */
final class BrtStack implements Streaming {
    private final BrtConfig c;
    private final List<BrtLayer> layers = new ArrayList<>();
    private final Param norm;

    BrtStack(BrtConfig c, Params p) {
        this.c = c;
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
        if (c.feedback()) {
            Sequences.wholeRows(call, "block-recurrent-transformer");
            return finish(byBlocks(in.get("x")));
        }
        Tensors x = in;
        for (int i = 0; i < layers.size(); i++) {
            x = Tensors.of("x", layers.get(i).forward(x, call.under(path(i))).get("y"));
        }
        return finish(x.get("x"));
    }

    private Tensor byBlocks(Tensor x) {
        List<BrtLayer.Carry> carry =
                new ArrayList<>(layers.stream().map(l -> l.start(x)).toList());
        List<Tensor> out = new ArrayList<>();
        for (int at = 0; at < x.dim(1); at += c.window()) {
            Tensor y = x.slice(1, at, Math.min(x.dim(1), at + c.window()));
            Tensor states = carry.get(c.recurrent()).states();
            Optional<WindowTokens.Projected> read = layers.get(c.recurrent()).read(states);
            for (int i = 0; i < layers.size(); i++) {
                BrtLayer.Segment s = layers.get(i).run(y, carry.get(i), read);
                y = s.y();
                carry.set(i, s.carry());
            }
            out.add(y);
        }
        return Ops.concat(1, out);
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
        return finish(Sequences.byBlocks(in.get("x"), s, c.window(), x -> piece(x, s)));
    }

    private Tensor piece(Tensor x, State s) {
        Optional<WindowTokens.Projected> states = c.recurrent() < 0
                ? Optional.empty()
                : layers.get(c.recurrent())
                        .read(s.fixed(path(c.recurrent()) + ".c").get());
        Tensor y = x;
        for (int i = 0; i < layers.size(); i++) {
            boolean reads = c.feedback() || i == c.recurrent();
            y = layers.get(i).piece(y, s.under(path(i)), reads ? states : Optional.empty());
        }
        return y;
    }

    @Override
    public SequencedMap<String, Layer> children() {
        return LayerTree.stack(layers, BrtStack::path);
    }
}
