package org.layerzoo.core.exec;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Function;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorScope;

/**
 * Compares the tape's gradients of sum(outputs * random cotangents) with central differences in F64 on the reference.
 * Inputs must stay 2e-3 (relative, at least absolute) away from points without a derivative.
 */
public final class GradCheck {
    /** More elements than this are checked by a sample of that size and a random direction over all. */
    private static final int PROBES = 160;

    private static final double STEP = 2e-4;

    private GradCheck() {}

    /**
     * Relative error ||tape - numeric|| / max(||numeric||, 1e-3 s) for each F64 input in order, s the largest norm of
     * any input's numeric gradient (1 if all are zero). NaN where the tape gives a non-finite number.
     *
     * @throws ZooException if a floating input is not F64
     */
    public static double[] check(Function<List<Tensor>, List<Tensor>> f, List<Tensor> inputs, long seed) {
        for (Tensor t : inputs) {
            if (t.dtype().isFloating() && t.dtype() != DType.F64) {
                throw ZooException.badArgument("gradient check: F64 inputs expected, given " + t.spec());
            }
        }
        return TensorScope.use(() -> Exec.with(Reference.INSTANCE, () -> errors(f, inputs, seed)));
    }

    /** The same for the gradient itself: second derivatives. */
    public static double[] second(Function<List<Tensor>, List<Tensor>> f, List<Tensor> inputs, long seed) {
        return check(in -> gradient(f, in, seed + 1), inputs, seed);
    }

    private static double[] errors(Function<List<Tensor>, List<Tensor>> f, List<Tensor> inputs, long seed) {
        List<Tensor> grads = gradient(f, inputs, seed);
        double[] tape = new double[grads.size()];
        double[] norm = new double[grads.size()];
        SplittableRandom random = new SplittableRandom(seed ^ 0x5DEECE66DL);
        int k = 0;
        double largest = 0;
        for (int i = 0; i < inputs.size(); i++) {
            if (inputs.get(i).dtype() == DType.F64) {
                double[] g = grads.get(k).toDoubles();
                for (double[] direction : directions(g.length, random)) {
                    double numeric = slope(f, inputs, i, direction, seed);
                    double ours = dot(g, direction);
                    tape[k] += (ours - numeric) * (ours - numeric);
                    norm[k] += numeric * numeric;
                }
                largest = Math.max(largest, Math.sqrt(norm[k]));
                k++;
            }
        }
        double floor = largest == 0 ? 1 : 1e-3 * largest;
        for (int i = 0; i < k; i++) {
            tape[i] = Math.sqrt(tape[i]) / Math.max(Math.sqrt(norm[i]), floor);
        }
        return tape;
    }

    private static List<Tensor> gradient(Function<List<Tensor>, List<Tensor>> f, List<Tensor> inputs, long seed) {
        List<Tensor> wrt = inputs.stream().filter(t -> t.dtype().isFloating()).toList();
        Tape tape = new Tape().watch(wrt);
        List<Tensor> outs = tape.record(() -> f.apply(inputs)).stream()
                .filter(t -> t.dtype().isFloating())
                .toList();
        return tape.gradient(outs, cotangents(outs, seed), wrt);
    }

    private static List<Tensor> cotangents(List<Tensor> outs, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        return outs.stream()
                .map(o -> Tensor.of(
                        o.dtype(),
                        random.doubles(o.size(), -1, 1).toArray(),
                        o.shape().dims()))
                .toList();
    }

    /** Unit vectors for small inputs; a sample of them and one dense direction for large ones. */
    private static List<double[]> directions(int n, SplittableRandom random) {
        List<double[]> out = new ArrayList<>();
        for (int i = 0; i < Math.min(n, PROBES); i++) {
            double[] e = new double[n];
            e[n <= PROBES ? i : random.nextInt(n)] = 1;
            out.add(e);
        }
        if (n > PROBES) {
            out.add(random.doubles(n, -1, 1).toArray());
        }
        return out;
    }

    /** Derivative along a direction by the five-point formula: error O(h^4). */
    private static double slope(
            Function<List<Tensor>, List<Tensor>> f, List<Tensor> inputs, int i, double[] direction, long seed) {
        double[] x = inputs.get(i).toDoubles();
        double scale = 1;
        for (int n = 0; n < x.length; n++) {
            scale = direction[n] == 0 ? scale : Math.max(scale, Math.abs(x[n]));
        }
        double h = STEP * scale;
        return (8 * difference(f, inputs, i, x, direction, h, seed)
                        - difference(f, inputs, i, x, direction, 2 * h, seed))
                / (12 * h);
    }

    /** sum(cotangent * (f(x + h d) - f(x - h d))): subtracting before summing loses fewer digits. */
    private static double difference(
            Function<List<Tensor>, List<Tensor>> f,
            List<Tensor> inputs,
            int i,
            double[] x,
            double[] direction,
            double h,
            long seed) {
        return TensorScope.use(() -> {
            List<Tensor> plus = floating(f.apply(moved(inputs, i, x, direction, h)));
            List<Tensor> minus = floating(f.apply(moved(inputs, i, x, direction, -h)));
            List<Tensor> cot = cotangents(plus, seed);
            double sum = 0;
            for (int o = 0; o < plus.size(); o++) {
                double[] p = plus.get(o).toDoubles();
                double[] m = minus.get(o).toDoubles();
                double[] c = cot.get(o).toDoubles();
                for (int n = 0; n < p.length; n++) {
                    // Equal infinities (an empty maximum) do not move.
                    sum += p[n] == m[n] ? 0 : c[n] * (p[n] - m[n]);
                }
            }
            return sum;
        });
    }

    private static List<Tensor> floating(List<Tensor> all) {
        return all.stream().filter(t -> t.dtype().isFloating()).toList();
    }

    private static List<Tensor> moved(List<Tensor> inputs, int i, double[] x, double[] direction, double h) {
        double[] y = x.clone();
        for (int n = 0; n < y.length; n++) {
            y[n] += h * direction[n];
        }
        List<Tensor> out = new ArrayList<>(inputs);
        out.set(i, Tensor.of(DType.F64, y, inputs.get(i).shape().dims()));
        return out;
    }

    private static double dot(double[] a, double[] b) {
        double s = 0;
        for (int i = 0; i < a.length; i++) {
            s += b[i] == 0 ? 0 : a[i] * b[i];
        }
        return s;
    }
}
