package org.layerzoo.nn.ssm;

import org.layerzoo.core.ZooException;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.Wide;
import org.layerzoo.core.op.scan.Selective;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;

/**
 * State space model whose step size and maps depend on the input (S6; Gu and Dao 2023, algorithm 2):
 * dt = softplus(W u + w), h_t = exp(dt A) h_{t-1} + dt B(u_t) u_t, y_t = C(u_t) h_t with B, C linear and shared by the
 * channels. State [B, D, N], real.
 *
 * @param delta W [D, D]
 * @param bias w [D]
 * @param a A [D, N], negative
 * @param in [N, D]: B(u) = in u
 * @param out [N, D]: C(u) = out u
 */
public record SelectiveSystem(Tensor delta, Tensor bias, Tensor a, Tensor in, Tensor out) implements StateSpace {
    @Override
    public Tensor start(int batch, DType dtype) {
        return Tensor.zeros(Wide.of(dtype), batch, a.dim(0), a.dim(1));
    }

    @Override
    public Run scan(Tensor u, Tensor state) {
        Tensor dt = Fused.linear(u, delta);
        Selective.Scanned r = Fused.selectiveScan(u, dt, a, Fused.linear(u, in), Fused.linear(u, out))
                .deltaBias(bias)
                .softplus()
                .from(state)
                .run();
        return new Run(r.y(), r.state());
    }

    @Override
    public Run step(Tensor u, Tensor state) {
        Tensor x = Wide.up(u);
        Tensor dt = steps(x);
        Tensor b = Fused.linear(x, Wide.up(in)).unsqueeze(-2);
        Tensor h = state.mul(Ops.exp(dt.unsqueeze(-1).mul(a)))
                .add(dt.mul(x).unsqueeze(-1).mul(b));
        Tensor c = Fused.linear(x, Wide.up(out)).unsqueeze(-2);
        return new Run(Wide.down(h.mul(c).sum(-1), u), h);
    }

    private Tensor steps(Tensor x) {
        return Ops.softplus(Fused.linear(x, Wide.up(delta), Wide.up(bias)));
    }

    @Override
    public Tensor convolve(Tensor u) {
        throw refusal();
    }

    @Override
    public Tensor kernel(int length) {
        throw refusal();
    }

    private static ZooException refusal() {
        return ZooException.unsupported(
                "a state space model whose maps depend on the input has no convolution kernel: expected one that is"
                        + " time invariant; use the scan");
    }

    @Override
    public Tensor radii(Tensor u) {
        return Ops.exp(steps(Wide.up(u)).unsqueeze(-1).mul(a));
    }
}
