package org.layerzoo.nn.linear;

import java.util.ArrayList;
import java.util.List;
import java.util.SequencedMap;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.layer.Streaming;
import org.layerzoo.core.state.Opening;
import org.layerzoo.core.state.State;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.LayerTree;

/** A decoder of pre-norm blocks, x = x + mixer(norm x); x = x + channel(norm x), and one more norm; x [B, T, D] -> y [B, T, D]. The state is those of the mixers. */
public record DecoderStack(List<Block> blocks, UnaryOperator<Tensor> norm) implements Streaming {
    /** A token mixer with ports x and y, and what mixes channels. */
    public record Block(Streaming mixer, UnaryOperator<Tensor> channel) {}

    public DecoderStack {
        blocks = List.copyOf(blocks);
    }

    /** L blocks; parameters of the mixers lie under {@code layers.i.mixer}, of the channel mixers under {@code layers.i.channel}. */
    public static DecoderStack of(
            Params p,
            int layers,
            UnaryOperator<Tensor> norm,
            BiFunction<Integer, Params, Streaming> mixer,
            Function<Params, UnaryOperator<Tensor>> channel) {
        List<Block> blocks = new ArrayList<>();
        for (int i = 0; i < layers; i++) {
            Params at = p.at("layers." + i);
            blocks.add(new Block(mixer.apply(i, at.at("mixer")), channel.apply(at.at("channel"))));
        }
        return new DecoderStack(blocks, norm);
    }

    private static String path(int i) {
        return "layers." + i + ".mixer";
    }

    @Override
    public Tensors forward(Tensors in, Call call) {
        return through(in, (i, x) -> blocks.get(i).mixer().forward(x, call.under(path(i))));
    }

    @Override
    public State open(Opening o) {
        State s = new State(o.batch());
        for (int i = 0; i < blocks.size(); i++) {
            s.with(path(i), blocks.get(i).mixer().open(o));
        }
        return s;
    }

    @Override
    public Tensors advance(Tensors in, State s, Call call) {
        Tensors y = through(in, (i, x) -> blocks.get(i).mixer().advance(x, s.under(path(i)), call.under(path(i))));
        s.advance(in.get("x").dim(1));
        return y;
    }

    private Tensors through(Tensors in, BiFunction<Integer, Tensors, Tensors> mixer) {
        Tensor x = in.get("x");
        for (int i = 0; i < blocks.size(); i++) {
            x = x.add(mixer.apply(i, Tensors.of("x", norm.apply(x))).get("y"));
            x = x.add(blocks.get(i).channel().apply(norm.apply(x)));
        }
        return Tensors.of("y", norm.apply(x));
    }

    @Override
    public SequencedMap<String, Layer> children() {
        return LayerTree.stack(blocks.stream().map(Block::mixer).toList(), DecoderStack::path);
    }
}
