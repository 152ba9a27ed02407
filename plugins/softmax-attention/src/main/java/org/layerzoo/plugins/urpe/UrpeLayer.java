package org.layerzoo.plugins.urpe;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Init;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.layer.Site;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.attend.Attended;
import org.layerzoo.core.op.attend.Attention;
import org.layerzoo.core.op.attend.Wants;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.Heads;
import org.layerzoo.nn.Linear;
import org.layerzoo.nn.Sequences;
import org.layerzoo.plugins.urpe.UrpeConfig.Offsets;

/**
 * Universal relative positional encoding (URPE attention, section 4, equation 9), x [B, T, D] -> y [B, T, D]:
 *
 * <pre>
 * A = softmax(q k^T / sqrt(d) + b_{j-i});  y_i = (sum_j A_ij c_{j-i} v_j) W_o
 * </pre>
 *
 * The rows of A (.) C need not add up to 1, so positions can be told apart where every token is the same. C starts as ones.
 * FLOPs O(B T (D^2 + T D)), memory O(B H T) and 2 L - 1 numbers a head for each table. Equals
 * fairseq/modules/multihead_attention.py of the authors.
 */
final class UrpeLayer implements Layer {
    private static final String WEIGHTS = "attn.weights";
    private static final String HEADS = "attn.heads";

    private final UrpeConfig c;
    private final Linear q;
    private final Linear k;
    private final Linear v;
    private final Linear out;
    private final Optional<Table> bias;
    private final Optional<Table> factor;

    /** One number a head and row; {@code index} holds the row of each offset -(L-1)..L-1. */
    private record Table(Param weight, long[] index) {
        static Table of(Params p, String name, Offsets offsets, UrpeConfig c, Init init) {
            Shape shape = Shape.of(offsets.rows(c.maxLength()), c.heads());
            Param weight = p.weight(name + ".weight", shape, init, new Param.Attr.NoDecay());
            return new Table(weight, offsets.index(c.maxLength()));
        }

        /** By offset: [H, 2 L - 1]. */
        Tensor byOffset() {
            return Ops.indexSelect(weight.value(), 0, Tensor.of(index, index.length))
                    .transpose(0, 1);
        }
    }

    /** @param tables where B and C live */
    UrpeLayer(UrpeConfig c, Params p, Params tables) {
        this.c = c;
        k = projection(p, "k_proj");
        v = projection(p, "v_proj");
        q = projection(p, "q_proj");
        out = projection(p, "out_proj");
        bias = c.bias()
                ? Optional.of(Table.of(tables, "rp_bias", c.biasOffsets(), c, Init.normal(0.02)))
                : Optional.empty();
        factor = c.factor()
                ? Optional.of(Table.of(tables, "ur_rp_bias", c.factorOffsets(), c, Init.ones()))
                : Optional.empty();
    }

    private Linear projection(Params p, String name) {
        return Linear.of(p, name, c.dim(), c.dim(), true, Init.xavierUniform(1));
    }

    @Override
    public Tensors forward(Tensors in, Call call) {
        Sequences.wholeRows(call, "urpe");
        Tensor x = in.get("x");
        // With a memory before the segment the last query still meets the last key, so offsets stay key - query.
        Tensor source = in.find("memory").map(m -> Ops.concat(1, m, x)).orElse(x);
        Tensor values = Heads.split(v.apply(source), c.heads());
        // q_i . b_k adds the same to all scores of a row, which softmax takes out: left out, its gradient is exactly
        // zero.
        Tensor keys = Heads.split(Fused.linear(source, k.weight().value()), c.heads());
        Attention a = Fused.attend(Heads.split(q.apply(x), c.heads())).keys(keys, values);
        if (c.causal()) {
            a.causal();
        }
        in.find("key_mask").ifPresent(a::keyMask);
        bias.ifPresent(b -> a.offsets(b.byOffset(), c.maxLength() - 1));
        factor.ifPresent(f -> a.toeplitz(f.byOffset(), c.maxLength() - 1));
        if (c.dropout() > 0 && call.training()) {
            a.dropout(c.dropout(), call.draws().seed(), 0);
        }
        return Tensors.of("y", out.apply(Heads.merge(call.taps().at(HEADS, weighted(a, values, call)))));
    }

    /** (A (.) C) v, [B, H, T, d]. */
    private static Tensor weighted(Attention a, Tensor values, Call call) {
        boolean tapped = call.taps().wants(WEIGHTS);
        if (!tapped && !call.aux().wants("weights")) {
            return a.o();
        }
        Attended dense = a.wants(new Wants(true, 0, false, 0)).run();
        Tensor weights = dense.weights().orElseThrow();
        call.aux().put("weights", weights);
        return tapped ? call.taps().at(WEIGHTS, weights).matmul(values) : dense.o();
    }

    @Override
    public List<Site> sites() {
        return List.of(new Site(WEIGHTS, "B H T S"), new Site(HEADS, "B H T d"));
    }
}
