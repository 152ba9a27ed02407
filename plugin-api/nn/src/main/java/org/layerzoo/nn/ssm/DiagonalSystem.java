package org.layerzoo.nn.ssm;

import org.layerzoo.core.op.Complex;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.Wide;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;

/**
 * One diagonal state space model over all channels: h_t = abar h_{t-1} + B u_t, y_t = scale Re(C h_t) + d u_t with a state
 * of N complex numbers. State [B, N, 2].
 *
 * @param transition of the states [N]
 * @param in B with its normaliser or hold in it, [N, D, 2]
 * @param out C [D, N, 2]
 * @param skip d [D]
 * @param scale 1, or 2 where each state stands for a conjugate pair
 */
public record DiagonalSystem(Diagonal transition, Tensor in, Tensor out, Tensor skip, double scale)
        implements StateSpace {
    /**
     * Linear recurrent unit (Orvieto et al. 2023, section 3): abar = exp(-exp(nu) + i exp(theta)), B scaled by
     * sqrt(1 - |abar|^2), which gives every state unit variance for white noise and rows of B of unit norm.
     *
     * @param nu [N] @param theta [N]
     */
    public static DiagonalSystem lru(Tensor nu, Tensor theta, Tensor b, Tensor c, Tensor skip) {
        Tensor decay = Ops.exp(Wide.up(nu));
        Tensor gamma = Ops.sqrt(Ops.expm1(decay.mul(-2)).neg()).reshape(-1, 1, 1);
        Diagonal transition = new Diagonal(Complex.of(decay.neg(), Ops.exp(Wide.up(theta))));
        return new DiagonalSystem(transition, Wide.up(b).mul(gamma), Wide.up(c), Wide.up(skip), 1);
    }

    /**
     * S5 (Smith et al. 2023, section 3) by zero-order hold, conjugate pairs implied.
     *
     * @param lambda [N, 2] @param dt [N]
     */
    public static DiagonalSystem s5(Tensor lambda, Tensor dt, Tensor b, Tensor c, Tensor skip) {
        Tensor step = dt.unsqueeze(-1);
        Tensor held = Complex.cmul(Diagonal.hold(lambda, step).unsqueeze(1), Wide.up(b));
        return new DiagonalSystem(Diagonal.of(lambda, step), held, Wide.up(c), Wide.up(skip), 2);
    }

    @Override
    public Tensor start(int batch, DType dtype) {
        return Tensor.zeros(Wide.of(dtype), batch, in.dim(0), 2);
    }

    /** States of every token, [B, T, N, 2]. */
    public Tensor states(Tensor u, Tensor state) {
        return transition.scan(drive(Wide.up(u)), state);
    }

    @Override
    public Run scan(Tensor u, Tensor state) {
        Tensor h = states(u, state);
        return new Run(read(h, u), h.select(1, -1));
    }

    @Override
    public Run step(Tensor u, Tensor state) {
        Tensor h = transition.step(drive(Wide.up(u)), state);
        return new Run(read(h, u), h);
    }

    /** B u, [.., D] -> [.., N, 2]. */
    private Tensor drive(Tensor u) {
        int n = in.dim(0);
        Tensor v = Fused.linear(u, in.permute(0, 2, 1).reshape(2 * n, in.dim(1)));
        return v.reshape(v.shape().without(-1).append(n, 2));
    }

    /** scale Re(C h) + d u, [.., N, 2] -> [.., D]. */
    private Tensor read(Tensor h, Tensor u) {
        int n = in.dim(0);
        Tensor flat = h.reshape(h.shape().without(-1).without(-1).append(2 * n));
        Tensor y =
                Fused.linear(flat, Complex.conj(out).reshape(out.dim(0), 2 * n)).mul(scale);
        return Wide.down(y.add(Wide.up(u).mul(skip)), u);
    }

    /** A complex convolution of each state's input with abar^l: four real ones, side by side as channels. */
    @Override
    public Tensor convolve(Tensor u) {
        Tensor v = drive(Wide.up(u)).permute(0, 2, 3, 1);
        Tensor k = transition.powers(u.dim(1)).permute(0, 2, 1);
        int b = v.dim(0);
        int n = v.dim(1);
        int t = v.dim(3);
        Tensor by = Fused.longConv(
                        v.reshape(b, 2 * n, t), k.slice(1, 0, 1).expand(n, 2, t).reshape(2 * n, t))
                .reshape(b, n, 2, t);
        Tensor cross = Fused.longConv(
                        v.reshape(b, 2 * n, t), k.slice(1, 1, 2).expand(n, 2, t).reshape(2 * n, t))
                .reshape(b, n, 2, t);
        Tensor re = by.select(2, 0).sub(cross.select(2, 1));
        Tensor im = by.select(2, 1).add(cross.select(2, 0));
        return read(Complex.of(re, im).permute(0, 2, 1, 3), u);
    }

    @Override
    public Tensor kernel(int length) {
        int d = in.dim(1);
        Tensor p = transition.powers(length);
        Tensor left = Complex.cmul(out.unsqueeze(2), p.unsqueeze(0));
        // [D out, L, 2 N] x [2 N, D in] -> [D out, L, D in]
        Tensor rows = Complex.conj(left).permute(0, 2, 1, 3).reshape(out.dim(0), length, 2 * in.dim(0));
        return rows.matmul(in.permute(0, 2, 1).reshape(2 * in.dim(0), d))
                .permute(0, 2, 1)
                .mul(scale);
    }

    @Override
    public Tensor radii(Tensor u) {
        return transition.radii();
    }
}
