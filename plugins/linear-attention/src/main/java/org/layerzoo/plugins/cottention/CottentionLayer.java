package org.layerzoo.plugins.cottention;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.layer.Init;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.layer.Seqs;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.HeadedLayer;
import org.layerzoo.nn.Heads;
import org.layerzoo.nn.Linear;
import org.layerzoo.nn.Rope;
import org.layerzoo.nn.Sequences;
import org.layerzoo.nn.linear.LinearAttention;
import org.layerzoo.nn.linear.LinearMixer;
import org.layerzoo.nn.linear.Pass;
import org.layerzoo.plugins.cottention.CottentionConfig.ScaleOf;
import org.layerzoo.plugins.cottention.CottentionConfig.Variant;

/**
 * Cosine attention (section 3), x [B, T, D] -> y [B, T, D], with unit q and k and a learned m a head:
 *
 * <pre>
 * both ways: o_i = sum_j (q_i . k_j) v_j / max(n^sigmoid(m), 1), n valid keys
 * causal:    o_i = sum_{j <= i} (q_i . k_j) v_j / max(j^sigmoid(m), 1), j counted from 1
 * </pre>
 *
 * FLOPs O(B T D (D + d)), causally O(B T D (D + C + d)) in chunks of C; state B H d d and the position. Equals
 * BertCosAttention.py and GPTCosAttention.py of the authors.
 */
final class CottentionLayer implements LinearMixer, HeadedLayer {
    private static final String STATE = "kv";

    private final CottentionConfig c;
    private final Linear q;
    private final Linear k;
    private final Linear v;
    private final Optional<Linear> out;
    private final Param power;

    CottentionLayer(CottentionConfig c, Params p) {
        this.c = c;
        boolean bert = !c.causal();
        q = Linear.of(p, bert ? "query" : "q_proj", c.dim(), c.dim(), bert);
        k = Linear.of(p, bert ? "key" : "k_proj", c.dim(), c.dim(), bert);
        v = Linear.of(p, bert ? "value" : "v_proj", c.dim(), c.dim(), bert);
        boolean project = !(c.variant() instanceof Variant.Bert b) || b.project();
        out = project ? Optional.of(Linear.of(p, "out_proj", c.dim(), c.dim(), bert)) : Optional.empty();
        power = p.weight("norm_const", Shape.of(1, c.heads(), 1, 1), Init.constant(0.5), new Param.Attr.NoDecay());
    }

    @Override
    public String layer() {
        return "cottention";
    }

    @Override
    public boolean varlen() {
        return true;
    }

    @Override
    public List<Memory> memory() {
        return List.of(new Memory(STATE, c.heads(), c.dim() / c.heads(), c.dim() / c.heads()));
    }

    @Override
    public Tensor mix(Tensors in, Pass p) {
        Tensor x = in.get("x");
        Tensor o =
                switch (c.variant()) {
                    case Variant.Bert b ->
                        bothWays(x, in.find("context"), p.call().seqs());
                    case Variant.Gpt g -> causal(x, g, p);
                };
        Tensor y = Heads.merge(p.call().taps().at(HEADS, o));
        return out.map(w -> w.apply(y)).orElse(y);
    }

    private Tensor heads(Linear w, Tensor x) {
        return Heads.split(w.apply(x), c.heads());
    }

    private Tensor causal(Tensor x, Variant.Gpt g, Pass p) {
        Tensor at = p.positions(x.dim(1));
        Tensor n = at.cast(x.dtype()).add(1);
        Tensor scale = CosineAttention.lengthScale(power.value(), n.unsqueeze(-1));
        Tensor qh = CosineAttention.unit(turned(heads(q, x), g.rotary(), at));
        Tensor kh = CosineAttention.unit(turned(heads(k, x), g.rotary(), at));
        Tensor vh = heads(v, x);
        boolean values = g.scale() == ScaleOf.VALUES;
        Tensor o = p.recur(STATE, Fused.recur(qh, kh, values ? vh.div(scale) : vh));
        return values ? o : o.div(scale);
    }

    private static Tensor turned(Tensor h, int rotary, Tensor at) {
        if (rotary == 0) {
            return h;
        }
        Tensor first = Rope.interleaved(10000).rotate(h.slice(3, 0, rotary), at);
        return rotary == h.dim(3) ? first : Ops.concat(3, first, h.slice(3, rotary, h.dim(3)));
    }

    /** Over the valid keys of each row, those of a context being all of them; padded rows of q give 0. */
    private Tensor bothWays(Tensor x, Optional<Tensor> context, Seqs seqs) {
        if (seqs instanceof Seqs.Packed packed) {
            if (context.isPresent()) {
                throw ZooException.unsupported(
                        "cottention takes no context beside packed sequences: which of its keys are whose is not said");
            }
            return packed(x, packed);
        }
        Tensor source = context.orElse(x);
        Seqs keys = context.isPresent() ? Seqs.whole() : seqs;
        Tensor n = keys.lengths()
                .map(l -> l.cast(x.dtype()).reshape(x.dim(0), 1, 1, 1))
                .orElseGet(() -> Tensor.full(x.dtype(), source.dim(1), 1, 1, 1, 1));
        Tensor scale = CosineAttention.lengthScale(power.value(), n);
        return LinearAttention.bothWays(
                valid(CosineAttention.unit(heads(q, x)), seqs),
                CosineAttention.unit(heads(k, source)),
                valid(heads(v, source), keys).div(scale));
    }

    private static Tensor valid(Tensor heads, Seqs seqs) {
        return seqs.lengths()
                .map(l -> heads.mul(Sequences.validMask(l, heads.dim(2))
                        .cast(heads.dtype())
                        .reshape(heads.dim(0), 1, heads.dim(2), 1)))
                .orElse(heads);
    }

    /** One sample after another. */
    private Tensor packed(Tensor x, Seqs.Packed p) {
        long[] cuts = p.cuSeqlens().toLongs();
        List<Tensor> parts = new ArrayList<>();
        for (int i = 1; i < cuts.length; i++) {
            if (cuts[i] > cuts[i - 1]) {
                Tensor sample = x.slice(1, Math.toIntExact(cuts[i - 1]), Math.toIntExact(cuts[i]));
                parts.add(bothWays(sample, Optional.empty(), Seqs.whole()));
            }
        }
        return Ops.concat(2, parts);
    }
}
