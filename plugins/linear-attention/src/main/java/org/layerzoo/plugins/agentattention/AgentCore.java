package org.layerzoo.plugins.agentattention;

import java.util.Optional;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.attend.Attention;
import org.layerzoo.core.op.attend.Wants;
import org.layerzoo.core.tensor.Tensor;

/**
 * The two softmax stages, equation 4: V_A = softmax(A K^T s + B1) V; O = softmax(Q A^T s + B2) V_A with s = d^-1/2. No N x N
 * matrix is formed.
 *
 * @param q [B, H, N, d]
 * @param agents [B, H, n, d]
 * @param k [B, H, S, d]
 * @param v [B, H, S, d]
 * @param b1 broadcasts to [B, H, n, S]
 * @param b2 broadcasts to [B, H, N, n]
 */
public record AgentCore(Tensor q, Tensor agents, Tensor k, Tensor v, Optional<Tensor> b1, Optional<Tensor> b2) {
    /** Without biases. */
    public static AgentCore of(Tensor q, Tensor agents, Tensor k, Tensor v) {
        return new AgentCore(q, agents, k, v, Optional.empty(), Optional.empty());
    }

    private Attention gathering() {
        Attention a = Fused.attend(agents).keys(k, v);
        return b1.map(a::bias).orElse(a);
    }

    private Attention handing(Tensor values) {
        Attention a = Fused.attend(q).keys(agents, values);
        return b2.map(a::bias).orElse(a);
    }

    /** V_A [B, H, n, d]. */
    public Tensor gathered() {
        return gathering().o();
    }

    /** O [B, H, N, d]. */
    public Tensor output() {
        return handed(gathered());
    }

    Tensor handed(Tensor values) {
        return handing(values).o();
    }

    /** The whole mixing matrix softmax(Q A^T) softmax(A K^T) [B, H, N, S]: as large as what the mechanism avoids. */
    Tensor weights() {
        Wants wants = new Wants(true, 0, false, 0);
        Tensor gathers = gathering().wants(wants).run().weights().orElseThrow();
        return handing(gathered()).wants(wants).run().weights().orElseThrow().matmul(gathers);
    }
}
