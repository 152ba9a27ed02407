package org.layerzoo.nn.ssm;

import java.util.LinkedHashMap;
import java.util.SequencedMap;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.LayerTree;
import org.layerzoo.nn.Sequences;

/**
 * Both directions of a causal layer, x [B, T, D] -> y = forward(x) + reversed(backward(reversed(x))). With one layer for
 * both, reversing x reverses y.
 */
public record Bidirectional(Layer forwards, Layer backwards) implements Layer {
    /** One layer, with one set of parameters, for both directions. */
    public static Bidirectional shared(Layer layer) {
        return new Bidirectional(layer, layer);
    }

    @Override
    public Tensors forward(Tensors in, Call call) {
        Sequences.wholeRows(call, "a bidirectional layer");
        Tensor x = in.get("x");
        Tensor there = forwards.forward(Tensors.of("x", x), call).get("y");
        Tensor back = backwards.forward(Tensors.of("x", Ops.flip(x, 1)), call).get("y");
        return Tensors.of("y", there.add(Ops.flip(back, 1)));
    }

    @Override
    public SequencedMap<String, Layer> children() {
        SequencedMap<String, Layer> m = new LinkedHashMap<>();
        m.put("forward", forwards);
        m.put("backward", backwards);
        return m;
    }

    @Override
    public Layer with(String path, Layer replacement) {
        return switch (path) {
            case "forward" -> new Bidirectional(replacement, backwards);
            case "backward" -> new Bidirectional(forwards, replacement);
            default -> LayerTree.replace(this, path, replacement);
        };
    }
}
