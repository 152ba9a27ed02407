package org.layerzoo.nn;

import org.layerzoo.core.op.Ops;
import org.layerzoo.core.spi.Qkv;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;

/**
 * Rotary positions (RoFormer, section 3.2.2): pair m of x is turned by position * base^(-2m/d). HALVES pairs channel m with
 * m + d/2, INTERLEAVED 2m with 2m + 1. Angles are computed in F64 and rounded once.
 */
public record Rope(Pairing pairing, double base) implements Qkv.Rotation {
    /** Which channels form a pair. */
    public enum Pairing {
        HALVES,
        INTERLEAVED
    }

    public static Rope halves(double base) {
        return new Rope(Pairing.HALVES, base);
    }

    public static Rope interleaved(double base) {
        return new Rope(Pairing.INTERLEAVED, base);
    }

    /** @param t [B, H, n, d] @param positions I64 [n] or [B, n] */
    @Override
    public Tensor rotate(Tensor t, Tensor positions) {
        int d = t.dim(-1);
        int half = d / 2;
        // angle[.., n, m] = position * base^(-2 m / d)
        Tensor m = Ops.iota(DType.F64, half).mul(-2.0 / d * Math.log(base));
        Tensor angle = positions.cast(DType.F64).unsqueeze(-1).mul(Ops.exp(m));
        Tensor place = positions.rank() == 2 ? angle.unsqueeze(1) : angle;
        Tensor cos = Ops.cos(place).cast(t.dtype());
        Tensor sin = Ops.sin(place).cast(t.dtype());
        return pairing == Pairing.HALVES ? halves(t, half, cos, sin) : interleaved(t, half, cos, sin);
    }

    private static Tensor halves(Tensor t, int half, Tensor cos, Tensor sin) {
        Tensor a = t.slice(-1, 0, half);
        Tensor b = t.slice(-1, half, 2 * half);
        return Ops.concat(-1, a.mul(cos).sub(b.mul(sin)), b.mul(cos).add(a.mul(sin)));
    }

    private static Tensor interleaved(Tensor t, int half, Tensor cos, Tensor sin) {
        Tensor pairs = t.reshape(t.shape().sub(0, t.rank() - 1).append(half, 2));
        Tensor a = pairs.select(-1, 0);
        Tensor b = pairs.select(-1, 1);
        return Ops.stack(
                        -1,
                        java.util.List.of(a.mul(cos).sub(b.mul(sin)), b.mul(cos).add(a.mul(sin))))
                .reshape(t.shape());
    }
}
