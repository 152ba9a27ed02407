package org.layerzoo.nn;

import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;

/**
 * The chosen tokens of every row packed to its front, in their order, and back.
 *
 * @param active BOOL [B, T]
 * @param index I64 [B, T]: 1, 2, .. at active tokens, 0 elsewhere
 * @param count I64 [B]
 * @param ticks I64 [B, S]: where packed tokens stood; pads name tokens that are not active
 * @param valid BOOL [B, S]
 */
public record ActiveTokens(Tensor active, Tensor index, Tensor count, Tensor ticks, Tensor valid) {
    /** S is the most of a row, at least 1; all T where shapes alone are known. */
    public static ActiveTokens of(Tensor active) {
        int t = active.dim(1);
        Tensor one = active.cast(DType.I64);
        Tensor count = one.sum(1);
        int s = t;
        if (!count.isAbstract()) {
            s = 1;
            for (long n : count.toLongs()) {
                s = Math.max(s, Math.toIntExact(n));
            }
        }
        Tensor index = one.mul(Ops.scan(Primitive.ScanKind.SUM, one, 1, false, false));
        Tensor order = Ops.argSort(one, 1, true);
        return new ActiveTokens(
                active,
                index,
                count,
                order.slice(1, 0, s),
                Ops.iota(DType.I64, s).lt(count.unsqueeze(1)));
    }

    /** All tokens where they stand, the inactive ones as pads. */
    public static ActiveTokens inPlace(Tensor active) {
        int t = active.dim(1);
        Tensor place = Ops.iota(DType.I64, t).unsqueeze(0).expand(active.dim(0), t);
        Tensor index = Ops.where(active, place.add(Tensor.of(new long[] {1}, 1)), Ops.zerosLike(place));
        return new ActiveTokens(active, index, active.cast(DType.I64).sum(1), place, active);
    }

    public int size() {
        return ticks.dim(1);
    }

    /** [B, T, D] -> [B, S, D], pads 0. */
    public Tensor pack(Tensor x) {
        Tensor rows = Ops.gather(x, 1, ticks.unsqueeze(-1).expand(x.dim(0), size(), x.dim(2)));
        return Ops.where(valid.unsqueeze(-1), rows, Tensor.scalar(x.dtype(), 0));
    }

    /** [B, S, D] -> [B, T, D], 0 at inactive tokens. */
    public Tensor unpack(Tensor y) {
        int t = active.dim(1);
        Tensor zero = Tensor.of(new long[] {0}, 1);
        Tensor from = Ops.maximum(
                index.sub(Tensor.of(new long[] {1}, 1)),
                zero.expand(index.shape().dims()));
        Tensor rows = Ops.gather(y, 1, from.unsqueeze(-1).expand(y.dim(0), t, y.dim(2)));
        return Ops.where(active.unsqueeze(-1), rows, Tensor.scalar(y.dtype(), 0));
    }
}
