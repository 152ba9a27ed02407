package org.layerzoo.plugins.lightningattention2;

import java.util.List;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.recur.Recurrence;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.Sequences;
import org.layerzoo.nn.linear.LinearMixer;
import org.layerzoo.nn.linear.Pass;
import org.layerzoo.nn.linear.Slopes;
import org.layerzoo.plugins.lightningattention2.LightningAttention2Config.Blocks;

/**
 * Lightning attention 2 (section 3, algorithms 1 and 2), q, k [B, H, T, d], v [B, H, T, e] -> o [B, H, T, e]:
 *
 * <pre>
 * o_i = sum_{j <= i} exp(-s_h (i - j)) (q_i . k_j) v_j
 * </pre>
 *
 * in blocks of C tokens: a masked product within a block, one matrix a head for all before it. FLOPs O(B H T (C (d + e) + d
 * e)), memory beyond inputs and outputs d e a head. Equals lightning_attn2.py of the authors.
 */
record LightningAttention2Layer(LightningAttention2Config c) implements LinearMixer {
    private static final String STATE = "kv";

    @Override
    public String layer() {
        return "lightning-attention-2";
    }

    @Override
    public String output() {
        return "o";
    }

    @Override
    public int tokens(Tensors in) {
        return in.get("q").dim(2);
    }

    @Override
    public List<Memory> memory() {
        return List.of(new Memory(STATE, c.heads(), c.keyDim(), c.valueDim()));
    }

    @Override
    public Tensors forward(Tensors in, Call call) {
        boolean auto = call.algorithm() instanceof Call.Algorithm.Auto;
        if (c.blocks() == Blocks.SCANNED && auto) {
            Sequences.wholeRows(call, layer());
            return Tensors.of(output(), ScannedBlocks.of(in.get("q"), in.get("k"), in.get("v"), slopes(c), c.block()));
        }
        return LinearMixer.super.forward(in, call);
    }

    @Override
    public Tensor mix(Tensors in, Pass p) {
        return p.recur(STATE, gated(Fused.recur(in.get("q"), in.get("k"), in.get("v")), c));
    }

    static double[] slopes(LightningAttention2Config c) {
        return c.decay() ? Slopes.ofLayer(c.heads(), c.layer(), c.layers()) : new double[c.heads()];
    }

    private static Recurrence gated(Recurrence r, LightningAttention2Config c) {
        r.chunked(c.block());
        return c.decay() ? r.perHead(Slopes.decay(r.inputs().getFirst().dtype(), slopes(c))) : r;
    }
}
