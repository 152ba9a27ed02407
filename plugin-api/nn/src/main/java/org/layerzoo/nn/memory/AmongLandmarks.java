package org.layerzoo.nn.memory;

import java.util.SequencedMap;
import java.util.function.UnaryOperator;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Init;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.layer.Streaming;
import org.layerzoo.core.state.Opening;
import org.layerzoo.core.state.State;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.LayerTree;
import org.layerzoo.nn.Sequences;

/**
 * A stack that sees landmarks, for regular tokens alone: x [B, T, D] -> y [B, T, D]. The landmark's learned vector goes in behind every block and
 * its rows come out again, as the authors insert it; a stream keeps what the stack does.
 *
 * @param mark [1, D], the row of the embedding behind the regular tokens
 */
public record AmongLandmarks(Landmarks marks, Param mark, Streaming stack) implements Streaming {
    private static final String STACK = "stack";

    /** With the parameter {@code landmark}. */
    public static AmongLandmarks of(Params p, int block, int dim, Streaming stack) {
        Param mark = p.weight("landmark", Shape.of(1, dim), Init.normal(0.02));
        return new AmongLandmarks(new Landmarks(block), mark, stack);
    }

    private Tensors run(Tensor x, int from, UnaryOperator<Tensors> with) {
        Tensor m = mark.value().unsqueeze(0).expand(x.dim(0), 1, x.dim(2));
        Tensor y = with.apply(Tensors.of("x", marks.insert(x, m, from))).get("y");
        return Tensors.of("y", marks.remove(y, from, x.dim(1)));
    }

    @Override
    public Tensors forward(Tensors in, Call call) {
        Sequences.wholeRows(call, "a stack among landmarks");
        return run(in.get("x"), 0, t -> stack.forward(t, call.under(STACK)));
    }

    @Override
    public State open(Opening o) {
        return new State(o.batch()).with(STACK, stack.open(o));
    }

    @Override
    public Tensors advance(Tensors in, State s, Call call) {
        Tensor x = in.get("x");
        // The stack counts landmarks as tokens.
        State inner = s.under(STACK);
        inner.advance(marks.among(s.position()));
        Tensors y = run(x, s.position(), t -> stack.advance(t, inner, call.under(STACK)));
        s.advance(x.dim(1));
        return y;
    }

    @Override
    public SequencedMap<String, Layer> children() {
        return LayerTree.child(STACK, stack);
    }
}
