package org.layerzoo.plugins.urpe;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Init;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.layer.Site;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.attend.Attention;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.Heads;
import org.layerzoo.nn.Linear;
import org.layerzoo.nn.OffsetTable;
import org.layerzoo.nn.Sequences;
import org.layerzoo.nn.TappedAttention;
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
    private final UrpeConfig c;
    private final Linear q;
    private final Linear k;
    private final Linear v;
    private final Linear out;
    private final Optional<OffsetTable> bias;
    private final Optional<OffsetTable> factor;

    /** @param tables where B and C live */
    UrpeLayer(UrpeConfig c, Params p, Params tables) {
        this.c = c;
        k = projection(p, "k_proj");
        v = projection(p, "v_proj");
        q = projection(p, "q_proj");
        out = projection(p, "out_proj");
        bias = c.bias() ? Optional.of(table(tables, "rp_bias", c.biasOffsets(), Init.normal(0.02))) : Optional.empty();
        factor = c.factor()
                ? Optional.of(table(tables, "ur_rp_bias", c.factorOffsets(), Init.ones()))
                : Optional.empty();
    }

    private OffsetTable table(Params p, String name, Offsets o, Init init) {
        return OffsetTable.of(p, name, o.rows(c.maxLength()), c.heads(), o.index(c.maxLength()), init);
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
        return Tensors.of("y", out.apply(TappedAttention.merged(a, values, "weights", call)));
    }

    @Override
    public List<Site> sites() {
        return TappedAttention.SITES;
    }
}
