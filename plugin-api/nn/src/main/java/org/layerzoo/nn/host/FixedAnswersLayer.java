package org.layerzoo.nn.host;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Init;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.AdditiveScores;
import org.layerzoo.nn.Linear;
import org.layerzoo.nn.LstmLayer;
import org.layerzoo.nn.Sequences;

/**
 * What pointers are held against ("Pointer Networks", sections 2.1 and 2.2), points [B, N, I] and indices so far [B, T] -> y [B, T, N + 1], log probabilities:
 *
 * <pre>
 * d'_t = sum_j softmax(v tanh(W1 e_j + W2 d_t))_j e_j;  p(C_t | C_<t, P) = softmax(W_o [d_t, d'_t] + b)
 * </pre>
 *
 * where without attention d_t stands alone. The softmax is over a fixed vocabulary, so N is fixed. Both LSTMs are those of the pointer
 * network, the decoder reading the point that the last index names.
 */
public final class FixedAnswersLayer implements Layer {
    private static final Init INIT = Init.uniform(-0.08, 0.08);

    private final FixedAnswersConfig c;
    private final LstmLayer encoder;
    private final LstmLayer decoder;
    private final Param go;
    private final Optional<Attention> attention;
    private final Linear output;

    private record Attention(Param v, Param w1, Param w2) {
        static Attention of(Params p, int h) {
            return new Attention(
                    p.weight("v", Shape.of(h), INIT),
                    p.weight("w1", Shape.of(h, h), INIT),
                    p.weight("w2", Shape.of(h, h), INIT));
        }

        /** d' [B, T, h] of encoded points e [B, N, h] and d [B, T, h]. */
        Tensor read(Tensor e, Tensor d) {
            Tensor u = AdditiveScores.of(Fused.linear(e, w1.value()), d, w2.value(), v.value());
            return Fused.softmax(u, 2).matmul(e);
        }
    }

    FixedAnswersLayer(FixedAnswersConfig c, Params p) {
        this.c = c;
        int h = c.hidden();
        encoder = LstmLayer.of(p.at("encoder"), c.inputs(), h, INIT);
        decoder = LstmLayer.of(p.at("decoder"), c.inputs(), h, INIT);
        go = p.weight("go", Shape.of(c.inputs()), INIT);
        attention = c.attention() ? Optional.of(Attention.of(p, h)) : Optional.empty();
        int width = c.attention() ? 2 * h : h;
        output = Linear.of(p, "output", width, c.points() + 1, true, INIT);
    }

    @Override
    public Tensors forward(Tensors in, Call call) {
        Sequences.wholeRows(call, "fixed answers");
        Tensor x = in.get("points");
        if (x.dim(1) != c.points()) {
            throw ZooException.badShape("fixed answers: " + c.points() + " points expected, given " + x.shape());
        }
        Fused.Cells e = encoder.run(x, List.of(), Optional.empty());
        Tensor inputs = Ops.concat(1, go.value().expand(x.dim(0), 1, c.inputs()), x);
        Tensor d = decoder.run(read(inputs, in.get("indices")), e.state(), Optional.empty())
                .y();
        Tensor all = attention.map(a -> Ops.concat(2, d, a.read(e.y(), d))).orElse(d);
        return Tensors.of("y", Fused.logSoftmax(output.apply(all), 2));
    }

    /** What a decoder reads at each step. @param inputs [B, N + 1, I] @param previous I64 [B, T]: the index before each step */
    public static Tensor named(Tensor inputs, Tensor previous) {
        Tensor index = previous.unsqueeze(-1).expand(previous.dim(0), previous.dim(1), inputs.dim(2));
        return Ops.gather(inputs, 1, index);
    }

    /** The same for a whole answer; index 0, which stands for GO, comes before its first step. */
    public static Tensor read(Tensor inputs, Tensor indices) {
        Tensor first = Ops.zerosLike(indices.slice(1, 0, 1));
        return named(inputs, Ops.concat(1, first, indices.slice(1, 0, indices.dim(1) - 1)));
    }
}
