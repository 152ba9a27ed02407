package org.layerzoo.train.optim;

import java.util.List;
import org.layerzoo.core.layer.Param;

/** g += d w; b = mu b + g; w -= r b, or r (g + mu b) in Nesterov's form; without momentum no state. */
public final class Sgd extends Optimizer {
    private final double momentum;
    private final boolean nesterov;

    public Sgd(List<Param> params, double weightDecay, double momentum, boolean nesterov) {
        super(params, weightDecay, momentum == 0 ? 0 : 1);
        this.momentum = momentum;
        this.nesterov = nesterov;
    }

    @Override
    void update(double[] w, double[] g, double[][] slot, double rate, double decay) {
        for (int j = 0; j < w.length; j++) {
            double d = g[j] + decay * w[j];
            if (momentum != 0) {
                slot[0][j] = momentum * slot[0][j] + d;
                d = nesterov ? d + momentum * slot[0][j] : slot[0][j];
            }
            w[j] -= rate * d;
        }
    }
}
