package org.layerzoo.train.optim;

import java.util.List;
import org.layerzoo.core.layer.Param;

/**
 * Adam with decoupled weight decay (Loshchilov and Hutter, algorithm 2):
 * w -= r d w; m = b1 m + (1 - b1) g; v = b2 v + (1 - b2) g^2; w -= r (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + eps).
 */
public final class AdamW extends Optimizer {
    private final double beta1;
    private final double beta2;
    private final double eps;

    public AdamW(List<Param> params, double weightDecay, double beta1, double beta2, double eps) {
        super(params, weightDecay, 2);
        this.beta1 = beta1;
        this.beta2 = beta2;
        this.eps = eps;
    }

    @Override
    void update(double[] w, double[] g, double[][] slot, double rate, double decay) {
        double[] m = slot[0];
        double[] v = slot[1];
        double c1 = 1 - Math.pow(beta1, steps());
        double c2 = 1 - Math.pow(beta2, steps());
        for (int j = 0; j < w.length; j++) {
            m[j] = beta1 * m[j] + (1 - beta1) * g[j];
            v[j] = beta2 * v[j] + (1 - beta2) * g[j] * g[j];
            w[j] -= rate * (decay * w[j] + m[j] / c1 / (Math.sqrt(v[j] / c2) + eps));
        }
    }
}
