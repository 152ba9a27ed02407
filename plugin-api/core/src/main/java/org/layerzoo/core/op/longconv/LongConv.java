package org.layerzoo.core.op.longconv;

import java.util.List;
import org.layerzoo.core.op.Args;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.op.WholeGradient;
import org.layerzoo.core.op.Wide;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;

/**
 * Depthwise convolution with a kernel as long as the sequence: (x [B, C, T], k [C, K] or [B, C, K][, D [C]]) ->
 * y_t = sum_j k_j x_{t - j + center} (+ D x_t). center = 0 is causal; 0 <= center < K. Computed by FFT.
 *
 * @param perSample whether k has a batch axis
 * @param skip whether D is given
 */
public record LongConv(int center, Edge edge, boolean perSample, boolean skip) implements WholeGradient {
    /** x outside [0, T): 0, or (CIRCULAR, K <= T) its index modulo T. */
    public enum Edge {
        ZERO,
        CIRCULAR
    }

    @Override
    public String name() {
        return "long_conv";
    }

    @Override
    public List<TensorSpec> infer(List<TensorSpec> in) {
        Args args = new Args(this, in);
        TensorSpec x = args.floats("x", "B C T");
        args.floats("k", perSample ? "B C K" : "C K");
        if (skip) {
            args.floats("D", "C");
        }
        args.end();
        int k = args.size("K");
        int t = args.size("T");
        args.require(
                t >= 1 && center >= 0 && center < k,
                "0 <= center < K and T >= 1 expected, given center " + center + ", K " + k + ", T " + t);
        args.require(
                edge == Edge.ZERO || k <= t, "a circular kernel of at most T = " + t + " taps expected, given " + k);
        return List.of(x);
    }

    @Override
    public List<Tensor> decompose(List<Tensor> in) {
        Tensor x = Wide.up(in.get(0));
        Tensor k = Wide.up(in.get(1));
        int t = x.dim(2);
        int n = edge == Edge.CIRCULAR ? t : smooth(t + k.dim(-1) - 1);
        Tensor full = product(spectrum(x, n), spectrum(k, n));
        Tensor y = Ops.one(new Primitive.Irfft(2, n), full).mul(1.0 / n);
        y = edge == Edge.CIRCULAR ? Ops.roll(y, -center, 2) : y.slice(2, center, center + t);
        y = skip ? y.add(x.mul(Wide.up(in.get(2)).unsqueeze(1))) : y;
        return List.of(Wide.down(y, in.getFirst()));
    }

    private static Tensor spectrum(Tensor x, int n) {
        int axis = x.rank() - 1;
        return Ops.one(new Primitive.Rfft(axis), Ops.padZero(x, axis, 0, n - x.dim(axis)));
    }

    private static Tensor product(Tensor a, Tensor b) {
        Tensor ar = a.select(-1, 0);
        Tensor ai = a.select(-1, 1);
        Tensor br = b.select(-1, 0);
        Tensor bi = b.select(-1, 1);
        return Ops.stack(
                ar.rank(), List.of(ar.mul(br).sub(ai.mul(bi)), ar.mul(bi).add(ai.mul(br))));
    }

    /** The smallest size from n on with no prime factor above 5. */
    static int smooth(int n) {
        for (int m = n; ; m++) {
            int r = m;
            for (int p : new int[] {2, 3, 5}) {
                while (r % p == 0) {
                    r /= p;
                }
            }
            if (r == 1) {
                return m;
            }
        }
    }

    @Override
    public long flops(List<TensorSpec> in) {
        TensorSpec x = in.getFirst();
        int t = x.shape().dim(2);
        int n = edge == Edge.CIRCULAR ? t : smooth(t + in.get(1).shape().dim(-1) - 1);
        long rows = x.shape().product(0, 2);
        long transforms =
                2 * rows + in.get(1).shape().product(0, in.get(1).shape().rank() - 1);
        return Math.round(transforms * 2.5 * n * Math.log(Math.max(n, 2)) / Math.log(2)) + 3L * rows * n;
    }
}
