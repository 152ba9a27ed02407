package org.layerzoo.plugins.nprfrpeattention;

import org.layerzoo.core.op.Complex;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.Spatial;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.nn.linear.LinearAttention;

/**
 * z_i = sum_j c_{j-i} (phi_i . phi_j) v_j / sum_j c_{j-i} (phi_i . phi_j): products of features under a matrix that depends on offsets only.
 *
 * @param q phi(q) [B, H, T, m]
 * @param k phi(k) [B, H, T, m]
 * @param v [B, H, T, dv]
 * @param c weights of the offsets -(T-1) .. T-1 [H, 2T - 1]
 */
public record ToeplitzAttention(Tensor q, Tensor k, Tensor v, Tensor c) {
    private static final double EPS = 1e-6;
    /** Numbers of a tile of features that are transformed at once. */
    private static final long TILE = 1 << 21;

    /** c = exp(b - max b) for b [H, 2n - 1] held to [-10, 10], of T tokens; 0 ahead of a token when causal. */
    public static Tensor weights(Tensor b, int t, boolean causal) {
        int n = (b.dim(1) + 1) / 2;
        Tensor held = Ops.clamp(b.slice(1, n - t, n + t - 1), -10, 10);
        Tensor seen = causal ? held.slice(1, 0, t) : held;
        Tensor c = Ops.exp(seen.sub(Ops.stop(seen.maxKeep(1))));
        return causal ? Ops.padZero(c, 1, 0, t - 1) : c;
    }

    /** The T x T sum, cheaper for short sequences. */
    public Tensor direct() {
        return weighted(q.matmulT(k));
    }

    /** The same for any products of queries and keys [B, H, T, T] in place of those of features. */
    public Tensor weighted(Tensor products) {
        int t = v.dim(2);
        Tensor place = Ops.iota(DType.I64, t);
        Tensor at = place.sub(place.unsqueeze(1)).add(t - 1).reshape(t * t);
        Tensor matrix = Ops.indexSelect(c, 1, at).reshape(c.dim(0), t, t);
        return LinearAttention.divided(products.mul(matrix).matmul(LinearAttention.counted(v)), EPS);
    }

    /** By transforms along the tokens, some features at a time: O(m dv T log T) operations. */
    public Tensor fast() {
        int t = v.dim(2);
        int n = circle();
        Tensor vt = LinearAttention.counted(v).transpose(2, 3).unsqueeze(2);
        Tensor qt = q.transpose(2, 3).unsqueeze(3);
        Tensor kt = k.transpose(2, 3).unsqueeze(3);
        Tensor spectrum = spectrum(t, n);
        int m = q.dim(3);
        int tile = (int) Math.clamp(TILE / ((long) v.dim(0) * v.dim(1) * (v.dim(3) + 1) * n), 1, m);
        Tensor sums = null;
        for (int r = 0; r < m; r += tile) {
            int end = Math.min(m, r + tile);
            Tensor f = kt.slice(2, r, end).mul(vt);
            Tensor moved = Complex.cmul(Spatial.rfft(Ops.padZero(f, 4, 0, n - t), 4, Spatial.Norm.BACKWARD), spectrum);
            Tensor d = Spatial.irfft(moved, 4, n, Spatial.Norm.BACKWARD).slice(4, 0, t);
            Tensor part = d.mul(qt.slice(2, r, end)).sum(2);
            sums = r == 0 ? part : sums.add(part);
        }
        return LinearAttention.divided(sums.transpose(2, 3), EPS);
    }

    /** The form with fewer operations. */
    public Tensor read() {
        long t = v.dim(2);
        long m = q.dim(3);
        long n = circle();
        double transforms = m * (v.dim(3) + 1) * (5.0 * n * Math.log(n) / Math.log(2) + 6 * n);
        return 2.0 * t * t * (m + v.dim(3) + 1) <= transforms ? direct() : fast();
    }

    /** The power of two from 2T - 1 on: on a circle of that many places no offset meets another. */
    private int circle() {
        return Math.max(2, Integer.highestOneBit(2 * (2 * v.dim(2) - 1) - 1));
    }

    /** Transform [H, 1, 1, n/2 + 1, 2] of p with p[(i - j) mod n] = c_{j-i}. */
    private Tensor spectrum(int t, int n) {
        Tensor back = Ops.flip(c.slice(1, 0, t), 1);
        Tensor ahead = Ops.flip(c.slice(1, t, 2 * t - 1), 1);
        Tensor p = Ops.concat(1, Ops.padZero(back, 1, 0, n - 2 * t + 1), ahead);
        Tensor s = Spatial.rfft(p, 1, Spatial.Norm.BACKWARD);
        return s.reshape(c.dim(0), 1, 1, n / 2 + 1, 2);
    }
}
