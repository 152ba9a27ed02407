package org.layerzoo.nn.linear;

import java.util.Arrays;
import org.layerzoo.core.op.Wide;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;

/** Fixed decays of heads, log decay = -slope. */
public final class Slopes {
    private Slopes() {}

    /**
     * 2^(-8h/H) for h = 1..H when H is a power of two; otherwise those of the next smaller power P, then every second one of 2P
     * (ALiBi).
     */
    public static double[] alibi(int heads) {
        int p = Integer.highestOneBit(heads);
        double[] s = new double[heads];
        for (int h = 0; h < heads; h++) {
            s[h] = h < p ? Math.pow(2, -8.0 * (h + 1) / p) : Math.pow(2, -4.0 * (2 * (h - p) + 1) / p);
        }
        return s;
    }

    /** ALiBi's slopes times 1 - l/(L-1) + 1e-5: layer l of L forgets less the higher it is. */
    public static double[] ofLayer(int heads, int layer, int layers) {
        double factor = 1 - (layers == 1 ? 0 : layer / (layers - 1.0)) + 1e-5;
        return Arrays.stream(alibi(heads)).map(s -> s * factor).toArray();
    }

    /** Log decays [H] in F32 or wider. */
    public static Tensor decay(DType dtype, double[] slopes) {
        DType wide = Wide.of(dtype);
        return Tensor.of(wide, Arrays.stream(slopes).map(s -> -s).toArray(), slopes.length);
    }
}
