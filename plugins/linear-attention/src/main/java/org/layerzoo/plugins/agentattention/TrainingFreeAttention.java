package org.layerzoo.plugins.agentattention;

import java.util.Optional;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Spatial;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.HeadedLayer;
import org.layerzoo.nn.Heads;
import org.layerzoo.nn.Linear;
import org.layerzoo.nn.Sequences;
import org.layerzoo.plugins.agentattention.AgentAttentionConfig.Form;

/**
 * Agents put into a trained model (AgentSD), x [B, N, D] -> y [B, N, D], with agents A = merged W_q of the tokens [B, n, D] that the model has merged:
 *
 * <pre>
 * O = softmax(Q A^T d^(-k2/2)) softmax(A K^T d^-1/2) V + k V
 * </pre>
 *
 * where 2n < N, else plain attention. Names are those of the model's attention: to_q, to_k, to_v, to_out.0.
 */
final class TrainingFreeAttention implements HeadedLayer {
    private final AgentAttentionConfig c;
    private final Form.TrainingFree form;
    private final Linear q;
    private final Linear k;
    private final Linear v;
    private final Linear out;

    TrainingFreeAttention(AgentAttentionConfig c, Form.TrainingFree form, Params p) {
        this.c = c;
        this.form = form;
        q = Linear.of(p, "to_q", c.dim(), c.dim(), c.qkvBias());
        k = Linear.of(p, "to_k", c.dim(), c.dim(), c.qkvBias());
        v = Linear.of(p, "to_v", c.dim(), c.dim(), c.qkvBias());
        out = Linear.of(p, "to_out.0", c.dim(), c.dim(), true);
    }

    private Tensor heads(Linear w, Tensor x) {
        return Heads.split(w.apply(x), c.heads());
    }

    @Override
    public Tensors forward(Tensors in, Call call) {
        Sequences.wholeRows(call, "agent-attention");
        Tensor x = in.get("x");
        Tensor qh = heads(q, x);
        Tensor kh = heads(k, x);
        Tensor vh = heads(v, x);
        int n = in.find("merged").map(m -> m.dim(1)).orElse(c.agents());
        Tensor o = 2 * n < x.dim(1)
                ? agents(qh, kh, vh, heads(q, merged(x, in.find("merged"))))
                : Fused.attend(qh).keys(kh, vh).o();
        return Tensors.of("y", out.apply(Heads.merge(call.taps().at(HEADS, o))));
    }

    private Tensor agents(Tensor qh, Tensor kh, Tensor vh, Tensor a) {
        Tensor values = AgentCore.of(qh, a, kh, vh).gathered();
        Tensor reads = Fused.attend(qh)
                .keys(a, values)
                .scale(Math.pow(qh.dim(3), -0.5 * form.exponent()))
                .o();
        return reads.add(vh.mul(form.residual()));
    }

    /** Means over bins where the model hands no merged tokens over. */
    private Tensor merged(Tensor x, Optional<Tensor> given) {
        return given.orElseGet(
                () -> Spatial.adaptiveAvgPool(x.permute(0, 2, 1), c.agents()).permute(0, 2, 1));
    }
}
