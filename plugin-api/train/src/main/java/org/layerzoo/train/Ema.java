package org.layerzoo.train;

import java.util.List;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;

/** Exponential moving average of parameters: a = decay a + (1 - decay) w, from their values at the start. */
public final class Ema {
    private final List<Param> params;
    private final double decay;
    private final double[][] average;

    public Ema(List<Param> params, double decay) {
        if (!(decay >= 0 && decay < 1)) {
            throw org.layerzoo.core.ZooException.badArgument(
                    "the decay of an average must be in [0, 1), given " + decay);
        }
        this.params = List.copyOf(params);
        this.decay = decay;
        this.average = params.stream().map(p -> p.value().toDoubles()).toArray(double[][]::new);
    }

    public void update() {
        for (int i = 0; i < average.length; i++) {
            double[] w = params.get(i).value().toDoubles();
            double[] a = average[i];
            for (int j = 0; j < a.length; j++) {
                a[j] = decay * a[j] + (1 - decay) * w[j];
            }
        }
    }

    /** Averages in the parameters' types, by path; load them into the model's tree to use them. */
    public Tensors values() {
        Tensors t = Tensors.empty();
        for (int i = 0; i < average.length; i++) {
            Param p = params.get(i);
            t = t.with(
                    p.path(),
                    Tensor.of(p.spec().dtype(), average[i], p.spec().shape().dims()));
        }
        return t;
    }

    Tensors state() {
        Tensors t = Tensors.empty();
        for (int i = 0; i < average.length; i++) {
            t = t.with(params.get(i).path(), Tensor.of(average[i], average[i].length));
        }
        return t;
    }

    void load(Tensors state) {
        for (int i = 0; i < average.length; i++) {
            average[i] = state.get(params.get(i).path()).toDoubles();
        }
    }
}
