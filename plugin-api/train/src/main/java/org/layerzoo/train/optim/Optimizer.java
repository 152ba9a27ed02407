package org.layerzoo.train.optim;

import java.util.ArrayList;
import java.util.List;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.spi.TrainStage;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.train.Spec;

/**
 * Moves parameters against their gradients. Sums are kept in double, values are rounded to the parameter's type once a
 * step. State exists only for the parameters given. Attributes of parameters: NoDecay, LrScale, LrMax (upper bound of
 * the scaled rate), Box (projection after the step).
 */
public abstract sealed class Optimizer permits AdamW, Sgd {
    private final List<Param> params;
    private final List<double[][]> slots = new ArrayList<>();
    private final double weightDecay;
    private long steps;

    /** @param slotsEach arrays of state a parameter */
    Optimizer(List<Param> params, double weightDecay, int slotsEach) {
        this.params = List.copyOf(params);
        this.weightDecay = weightDecay;
        params.forEach(p ->
                slots.add(new double[slotsEach][Math.toIntExact(p.spec().shape().size())]));
    }

    /**
     * By name: {@code adamw[:beta1=0.9,beta2=0.999,eps=1e-8]}, {@code sgd[:momentum=0]}, {@code nesterov[:momentum=0.9]}.
     *
     * @throws ZooException BAD_CONFIG for another name
     */
    public static Optimizer of(TrainStage.Optim o, List<Param> params) {
        Spec s = Spec.parse(o.optimizer());
        return switch (s.name()) {
            case "adamw" -> {
                s.only("beta1", "beta2", "eps");
                yield new AdamW(
                        params,
                        o.weightDecay(),
                        s.number("beta1", 0.9),
                        s.number("beta2", 0.999),
                        s.number("eps", 1e-8));
            }
            case "sgd" -> new Sgd(params, o.weightDecay(), s.only("momentum").number("momentum", 0), false);
            case "nesterov" ->
                new Sgd(params, o.weightDecay(), s.only("momentum").number("momentum", 0.9), true);
            default ->
                throw new ZooException(
                        ErrorCode.BAD_CONFIG,
                        "unknown optimiser '" + o.optimizer() + "': expected adamw, sgd or nesterov");
        };
    }

    public List<Param> params() {
        return params;
    }

    /** Steps taken. */
    public long steps() {
        return steps;
    }

    /** Bytes of state held. */
    public long bytes() {
        return slots.stream()
                .mapToLong(s -> s.length == 0 ? 0 : 8L * s.length * s[0].length)
                .sum();
    }

    /** @param gradients one a parameter, in their order @param scale by which they are multiplied first (clipping) */
    public final void step(List<Tensor> gradients, double scale, double learningRate) {
        steps++;
        for (int i = 0; i < params.size(); i++) {
            Param p = params.get(i);
            double[] w = p.value().toDoubles();
            double[] g = gradients.get(i).toDoubles();
            if (scale != 1) {
                for (int j = 0; j < g.length; j++) {
                    g[j] *= scale;
                }
            }
            boolean decays = !p.attributes().contains(new Param.Attr.NoDecay());
            update(w, g, slots.get(i), rate(p, learningRate), decays ? weightDecay : 0);
            project(p, w);
            p.set(Tensor.of(p.spec().dtype(), w, p.spec().shape().dims()));
        }
    }

    /** Changes w in place. */
    abstract void update(double[] w, double[] g, double[][] slot, double rate, double decay);

    private static double rate(Param p, double base) {
        double rate = base;
        for (Param.Attr a : p.attributes()) {
            if (a instanceof Param.Attr.LrScale s) {
                rate *= s.value();
            }
        }
        for (Param.Attr a : p.attributes()) {
            if (a instanceof Param.Attr.LrMax m) {
                rate = Math.min(rate, m.value());
            }
        }
        return rate;
    }

    private static void project(Param p, double[] w) {
        for (Param.Attr a : p.attributes()) {
            if (a instanceof Param.Attr.Box b) {
                for (int j = 0; j < w.length; j++) {
                    w[j] = Math.clamp(w[j], b.lo(), b.hi());
                }
            }
        }
    }

    /** Everything that a continuation needs, by name. */
    public Tensors state() {
        Tensors t = Tensors.of("steps", Tensor.of(new long[] {steps}, 1));
        for (int i = 0; i < params.size(); i++) {
            for (int k = 0; k < slots.get(i).length; k++) {
                double[] v = slots.get(i)[k];
                t = t.with(k + "." + params.get(i).path(), Tensor.of(v, v.length));
            }
        }
        return t;
    }

    /** @throws ZooException BAD_TENSORS if something is missing or of another size */
    public void load(Tensors state) {
        steps = state.get("steps").toLongs()[0];
        for (int i = 0; i < params.size(); i++) {
            for (int k = 0; k < slots.get(i).length; k++) {
                double[] v = state.get(k + "." + params.get(i).path()).toDoubles();
                if (v.length != slots.get(i)[k].length) {
                    throw new ZooException(
                            ErrorCode.BAD_TENSORS,
                            "optimiser state of " + params.get(i) + " has " + v.length + " values, expected "
                                    + slots.get(i)[k].length);
                }
                slots.get(i)[k] = v;
            }
        }
    }
}
