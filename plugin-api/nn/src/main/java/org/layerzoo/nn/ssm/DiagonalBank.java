package org.layerzoo.nn.ssm;

import org.layerzoo.core.op.Complex;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.Wide;
import org.layerzoo.core.op.longconv.LongConv;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;

/**
 * One diagonal state space model a channel (S4D, Gu et al. 2022, section 3), by zero-order hold or the bilinear rule:
 * h_t = exp(dt lambda) h_{t-1} + bbar u_t, y_t = 2 Re(sum_n c_n h_tn) + d u_t. The kernel is
 * K_l = 2 Re(sum_n c_n bbar_n exp(l dt lambda_n)). State [B, D, N, 2].
 *
 * @param transition of the states [D, N]
 * @param in bbar [D, N, 2]
 * @param out c [D, N, 2]; each state stands for a conjugate pair
 * @param skip d [D]
 */
public record DiagonalBank(Diagonal transition, Tensor in, Tensor out, Tensor skip) implements StateSpace {
    /** @param lambda [D, N, 2] @param dt [D] */
    public static DiagonalBank zeroOrderHold(Tensor lambda, Tensor dt, Tensor c, Tensor skip) {
        Tensor step = dt.reshape(dt.dim(0), 1, 1);
        return new DiagonalBank(Diagonal.of(lambda, step), Diagonal.hold(lambda, step), Wide.up(c), Wide.up(skip));
    }

    /** @param lambda [D, N, 2] @param dt [D] */
    public static DiagonalBank bilinear(Tensor lambda, Tensor dt, Tensor c, Tensor skip) {
        Tensor step = dt.reshape(dt.dim(0), 1, 1);
        return new DiagonalBank(
                Diagonal.bilinear(lambda, step), Diagonal.trapezoid(lambda, step), Wide.up(c), Wide.up(skip));
    }

    /** The same with an input map B [D, N, 2] instead of 1. */
    public DiagonalBank input(Tensor b) {
        return new DiagonalBank(transition, Complex.cmul(in, Wide.up(b)), out, skip);
    }

    @Override
    public Tensor start(int batch, DType dtype) {
        return Tensor.zeros(Wide.of(dtype), batch, in.dim(0), in.dim(1), 2);
    }

    @Override
    public Run scan(Tensor u, Tensor state) {
        Tensor x = Wide.up(u);
        Tensor h = transition.scan(x.unsqueeze(-1).unsqueeze(-1).mul(in), state);
        return new Run(Wide.down(read(h).add(x.mul(skip)), u), h.select(1, -1));
    }

    @Override
    public Run step(Tensor u, Tensor state) {
        Tensor x = Wide.up(u);
        Tensor h = transition.step(x.unsqueeze(-1).unsqueeze(-1).mul(in), state);
        return new Run(Wide.down(read(h).add(x.mul(skip)), u), h);
    }

    /** 2 Re(sum_n c_n h_n) = 2 sum_n (re c re h - im c im h). */
    private Tensor read(Tensor h) {
        return h.mul(Complex.conj(out)).sum(-2, -1).mul(2);
    }

    @Override
    public Tensor convolve(Tensor u) {
        Tensor x = Wide.up(u);
        Tensor y = Fused.longConv(x.permute(0, 2, 1), kernel(u.dim(1))).permute(0, 2, 1);
        return Wide.down(y.add(x.mul(skip)), u);
    }

    /**
     * Past and future: y_t = sum_{l >= 0} K_l u_{t-l} + sum_{l >= 1} K'_{l-1} u_{t+l} + d u_t with K' the kernel of {@code future},
     * whose skip is not used. Both kernels lie on one circle of 2 T tokens.
     */
    public Tensor bothWays(DiagonalBank future, Tensor u) {
        Tensor x = Wide.up(u);
        int t = u.dim(1);
        Tensor circle = Ops.concat(1, kernel(t), Ops.flip(future.kernel(t), 1));
        Tensor padded = Ops.padZero(x.permute(0, 2, 1), 2, 0, t);
        Tensor y = Fused.longConv(padded, circle, 0, LongConv.Edge.CIRCULAR)
                .slice(2, 0, t)
                .permute(0, 2, 1);
        return Wide.down(y.add(x.mul(skip)), u);
    }

    /** The same as two scans, one from either end. */
    public Tensor bothScans(DiagonalBank future, Tensor u) {
        Tensor y = scan(u, start(u.dim(0), u.dtype())).y();
        Tensor silent = Ops.zerosLike(future.skip);
        DiagonalBank back = new DiagonalBank(future.transition, future.in, future.out, silent);
        Tensor from = back.scan(Ops.flip(u, 1), start(u.dim(0), u.dtype())).y();
        int t = u.dim(1);
        return y.add(Ops.padZero(Ops.flip(from, 1).slice(1, 1, t), 1, 0, 1));
    }

    /** Powers are split into block start and offset, so that the sum over states is a matrix product and D N L numbers are never stored. */
    @Override
    public Tensor kernel(int length) {
        int block = Diagonal.block(length);
        int blocks = (length + block - 1) / block;
        Tensor starts = Complex.cmul(
                transition.powers(block, blocks), Complex.cmul(in, out).unsqueeze(-2));
        Tensor offsets = transition.powers(1, block);
        Tensor re = Complex.re(starts).tMatmul(Complex.re(offsets));
        Tensor im = Complex.im(starts).tMatmul(Complex.im(offsets));
        return re.sub(im).mul(2).reshape(in.dim(0), blocks * block).slice(1, 0, length);
    }

    @Override
    public Tensor radii(Tensor u) {
        return transition.radii();
    }

    /**
     * The kernel of a grid as an outer product of one-dimensional ones (S4ND, Nguyen et al. 2022, section 3):
     * x [B, h, w, D] -> the same, rows by {@code columns}, columns by {@code rows}, without direct terms.
     */
    public static Tensor outer(DiagonalBank rows, DiagonalBank columns, Tensor x) {
        Tensor across = axis(columns, x.permute(0, 1, 3, 2));
        return axis(rows, across.permute(0, 3, 2, 1)).permute(0, 3, 1, 2);
    }

    /** Convolves the last axis of x [B, n, D, L]. */
    private static Tensor axis(DiagonalBank bank, Tensor x) {
        int n = x.dim(3);
        Tensor y = Fused.longConv(x.reshape(x.dim(0) * x.dim(1), x.dim(2), n), bank.kernel(n));
        return y.reshape(x.shape());
    }
}
