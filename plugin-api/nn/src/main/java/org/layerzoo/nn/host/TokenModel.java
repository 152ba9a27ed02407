package org.layerzoo.nn.host;

import java.util.SequencedMap;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.layer.Streaming;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.state.Opening;
import org.layerzoo.core.state.State;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.LayerTree;

/**
 * Embedding and head, one the transpose of the other, around a causal stack that brings its own norms: tokens I64 [B, T] -> y [B, T, V], logits of
 * the next token. The state is the stack's, under {@code stack}.
 *
 * @param table [V, D] @param stack x [B, T, D] -> y [B, T, D] @param scale of the logits
 */
public record TokenModel(Param table, Streaming stack, double scale) implements Streaming {
    static final String STACK = "stack";

    /** Rows of a table [V, D] for tokens I64 [B, T]: [B, T, D]. */
    public static Tensor look(Tensor table, Tensor ids) {
        return Ops.indexSelect(table, 0, ids.reshape(-1)).reshape(ids.dim(0), ids.dim(1), table.dim(1));
    }

    private Tensors logits(Tensors y) {
        return Tensors.of("y", Fused.linear(y.get("y"), table.value()).mul(scale));
    }

    private Tensors embedded(Tensors in) {
        return Tensors.of("x", look(table.value(), in.get("tokens")));
    }

    @Override
    public Tensors forward(Tensors in, Call call) {
        return logits(stack.forward(embedded(in), call.under(STACK)));
    }

    @Override
    public State open(Opening o) {
        return new State(o.batch()).with(STACK, stack.open(o));
    }

    @Override
    public Tensors advance(Tensors in, State s, Call call) {
        Tensors y = logits(stack.advance(embedded(in), s.under(STACK), call.under(STACK)));
        s.advance(in.get("tokens").dim(1));
        return y;
    }

    @Override
    public SequencedMap<String, Layer> children() {
        return LayerTree.child(STACK, stack);
    }
}
