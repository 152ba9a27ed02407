package org.layerzoo.nn.ssm;

import java.util.Arrays;
import org.layerzoo.core.op.Complex;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.Wide;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;

/**
 * A diagonal complex transition h_t = abar h_{t-1} + b_t that is the same at every token, given by log abar [S.., 2].
 *
 * @param log logarithm of the multipliers as pairs (re, im), F32 or F64
 */
public record Diagonal(Tensor log) {
    /** abar = exp(dt lambda) with lambda [S.., 2] and dt of a shape that broadcasts to [S.., 1]. */
    public static Diagonal of(Tensor lambda, Tensor dt) {
        return new Diagonal(Wide.up(lambda).mul(Wide.up(dt)));
    }

    /** Zero-order hold of an input map of 1: (exp(dt lambda) - 1) / lambda; accurate for small dt lambda too. */
    public static Tensor hold(Tensor lambda, Tensor dt) {
        Tensor z = Wide.up(lambda).mul(Wide.up(dt));
        Tensor a = Complex.re(z);
        Tensor b = Complex.im(z);
        Tensor re =
                Ops.expm1(a).mul(Ops.cos(b)).sub(Ops.square(Ops.sin(b.mul(0.5))).mul(2));
        Tensor grown = Complex.of(re, Ops.exp(a).mul(Ops.sin(b)));
        Tensor size = Ops.square(Wide.up(lambda)).sumKeep(-1);
        return Complex.cmul(grown, Complex.conj(Wide.up(lambda))).div(size);
    }

    /** The bilinear rule: abar = (1 + dt lambda / 2) / (1 - dt lambda / 2). */
    public static Diagonal bilinear(Tensor lambda, Tensor dt) {
        Tensor half = Wide.up(lambda).mul(Wide.up(dt)).mul(0.5);
        Tensor a = Complex.re(half);
        Tensor b = Complex.im(half);
        Tensor below = Ops.square(a.neg().add(1)).add(Ops.square(b));
        // |1 + z|^2 = |1 - z|^2 + 4 Re z
        Tensor size = Ops.log1p(a.mul(4).div(below)).mul(0.5);
        Tensor angle = Ops.atan2(b, a.add(1)).add(Ops.atan2(b, a.neg().add(1)));
        return new Diagonal(Complex.of(size, angle));
    }

    /** The bilinear rule for an input map of 1: dt / (1 - dt lambda / 2). */
    public static Tensor trapezoid(Tensor lambda, Tensor dt) {
        Tensor half = Wide.up(lambda).mul(Wide.up(dt)).mul(0.5);
        Tensor a = Complex.re(half).neg().add(1);
        Tensor b = Complex.im(half);
        // 1 / (a - ib) = (a + ib) / (a^2 + b^2)
        Tensor square = Ops.square(a).add(Ops.square(b));
        return Complex.of(a, b).mul(Wide.up(dt)).div(square.unsqueeze(-1));
    }

    /** abar [S.., 2]. */
    public Tensor bar() {
        return Complex.cexp(log);
    }

    /** |abar| [S..]. */
    public Tensor radii() {
        return Ops.exp(Complex.re(log));
    }

    /** abar^(k stride) for k = 0 .. count - 1, [S.., count, 2]; the angle is worked out in F64, where it stays exact for long. */
    Tensor powers(int stride, int count) {
        Tensor k = Ops.iota(DType.F64, count).mul(stride).unsqueeze(-1);
        return Complex.cexp(log.cast(DType.F64).unsqueeze(-2).mul(k)).cast(log.dtype());
    }

    /** Tokens of a block when powers up to {@code length} are made as block start times offset. */
    static int block(int length) {
        return (int) Math.ceil(Math.sqrt(length));
    }

    /** abar^0 .. abar^(length - 1), [S.., L, 2]. */
    Tensor powers(int length) {
        int block = block(length);
        int blocks = (length + block - 1) / block;
        Tensor all = Complex.cmul(
                powers(block, blocks).unsqueeze(-2), powers(1, block).unsqueeze(-3));
        int[] dims = all.shape().dims();
        int[] flat = Arrays.copyOf(dims, dims.length - 1);
        flat[flat.length - 2] = blocks * block;
        flat[flat.length - 1] = 2;
        return all.reshape(flat).slice(-2, 0, length);
    }

    /** h of every token, [B, T, S.., 2], for b of that shape and h0 [B, S.., 2]. */
    Tensor scan(Tensor b, Tensor h0) {
        return Fused.complexScan(bar().expand(b.shape().dims()), b, h0, 1, false);
    }

    /** The next h [B, S.., 2]. */
    Tensor step(Tensor b, Tensor h) {
        return Complex.cmul(bar(), h).add(b);
    }
}
