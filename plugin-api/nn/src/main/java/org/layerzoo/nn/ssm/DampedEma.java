package org.layerzoo.nn.ssm;

import java.util.Optional;
import org.layerzoo.core.layer.Init;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.Wide;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;

/**
 * Multi-dimensional damped moving average (Ma et al. 2022, section 3.1), x [B, T, D] -> y [B, T, D]: a channel has N averages
 * h_t = q h_{t-1} + p beta x_t with p = sigmoid(delta), q = 1 - p sigmoid(alpha), and y_t = sum_n gamma_n h_tn / sqrt(N) + omega x_t.
 * Both ways, the rows D.. of the parameters are a second set that runs backwards; both count the current token.
 */
public record DampedEma(Param delta, Param alpha, Param beta, Param gamma, Param omega, boolean bothWays) {
    /** Outputs and the averages [B, D, N] behind the last token. */
    public record Run(Tensor y, Tensor state) {}

    /** Parameters {@code delta}, {@code alpha}, {@code beta} [D, N, 1], {@code gamma} [D, N], {@code omega} [D] under {@code p}. */
    public static DampedEma of(Params p, int dim, int n, boolean bothWays) {
        int rows = bothWays ? 2 * dim : dim;
        Shape s = Shape.of(rows, n, 1);
        // Signs alternate, so that averages of one channel start apart.
        Init signs = (path, shape, dtype, draws) -> {
            Tensor odd = Ops.mod(Ops.iota(DType.I64, n), Tensor.of(new long[] {2}, 1))
                    .cast(dtype)
                    .unsqueeze(-1);
            return Init.normal(0.02)
                    .values(path, shape, dtype, draws)
                    .add(odd.mul(-2).add(1));
        };
        return new DampedEma(
                p.weight("delta", s, Init.normal(0.2)),
                p.weight("alpha", s, Init.normal(0.2)),
                p.weight("beta", s, signs),
                p.weight("gamma", Shape.of(rows, n), Init.normal(1)),
                p.weight("omega", Shape.of(dim), Init.normal(1), new Param.Attr.NoDecay()),
                bothWays);
    }

    /** log q, p beta and gamma / sqrt(N) of one direction, [D, N] each. */
    private record Terms(Tensor log, Tensor in, Tensor out) {}

    private Terms terms(int direction) {
        int d = omega.spec().shape().dim(0);
        Tensor p = Ops.sigmoid(part(delta, direction, d));
        Tensor damped = p.mul(Ops.sigmoid(part(alpha, direction, d)));
        Tensor out = Wide.up(gamma.value()).slice(0, direction * d, (direction + 1) * d);
        return new Terms(Ops.log1p(damped.neg()), p.mul(part(beta, direction, d)), out.div(Math.sqrt(out.dim(1))));
    }

    private static Tensor part(Param p, int direction, int d) {
        return Wide.up(p.value()).squeeze(-1).slice(0, direction * d, (direction + 1) * d);
    }

    /** Impulse response [D, L] of one direction; powers are split into block start and offset, so that the sum over averages is a matrix product. */
    private Tensor kernel(int direction, int length) {
        Terms t = terms(direction);
        int block = Diagonal.block(length);
        int blocks = (length + block - 1) / block;
        Tensor starts = powers(t.log(), block, blocks).mul(t.in().mul(t.out()).unsqueeze(1));
        return starts.matmulT(powers(t.log(), 1, block))
                .reshape(t.log().dim(0), blocks * block)
                .slice(1, 0, length);
    }

    /** q^(k stride), [D, count, N]. */
    private static Tensor powers(Tensor log, int stride, int count) {
        Tensor k = Ops.iota(log.dtype(), count).mul(stride).reshape(1, count, 1);
        return Ops.exp(log.unsqueeze(1).mul(k));
    }

    /** As a long convolution by FFT. */
    public Tensor convolve(Tensor x) {
        Tensor u = Wide.up(x).permute(0, 2, 1);
        Tensor y = Fused.longConv(u, kernel(0, x.dim(1)));
        if (bothWays) {
            y = y.add(Ops.flip(Fused.longConv(Ops.flip(u, 2), kernel(1, x.dim(1))), 2));
        }
        return Wide.down(y.permute(0, 2, 1).add(Wide.up(x).mul(Wide.up(omega.value()))), x);
    }

    /** As a scan from a state [B, D, N], or from zero; one way only. */
    public Run scan(Tensor x, Optional<Tensor> state) {
        Terms t = terms(0);
        Tensor u = Wide.up(x);
        Tensor b = u.unsqueeze(-1).mul(t.in());
        Tensor q = Ops.exp(t.log()).expand(b.shape().dims());
        Tensor h0 = state.orElseGet(() -> Ops.zerosLike(b.select(1, 0)));
        Tensor h = Ops.firstOrder(q, b, h0, 1, false);
        Tensor y = h.mul(t.out()).sum(-1).add(u.mul(Wide.up(omega.value())));
        return new Run(Wide.down(y, x), h.select(1, -1));
    }
}
