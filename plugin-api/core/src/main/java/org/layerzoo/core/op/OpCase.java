package org.layerzoo.core.op;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;

/**
 * One line of an op's case table, used by its test, the gradient check, the comparison of backends and the benchmarks.
 *
 * @param bound largest relative error ||a-b|| / ||b|| allowed between a backend in F32 and the reference; 0 means equal bits
 * @param differentiable whether finite differences can check the gradient on these ranges
 * @param reason why the bound (and where it is not differentiable, why not)
 */
public record OpCase(String name, Op op, List<Input> in, double bound, boolean differentiable, String reason) {
    public OpCase {
        in = List.copyOf(in);
    }

    /** One input: floats uniform in [lo, hi), integers uniform in [lo, hi), booleans by coin. */
    public record Input(TensorSpec spec, double lo, double hi) {}

    /** The inputs of a seed; the same seed gives the same numbers everywhere. */
    public List<Tensor> draw(long seed) {
        return draw(seed, UnaryOperator.identity());
    }

    /** The inputs of a seed with every floating input in {@code floating}. */
    public List<Tensor> draw(long seed, DType floating) {
        return draw(seed, t -> t.isFloating() ? floating : t);
    }

    private List<Tensor> draw(long seed, UnaryOperator<DType> dtype) {
        SplittableRandom random = new SplittableRandom(seed);
        List<Tensor> out = new ArrayList<>();
        for (Input i : in) {
            double[] v = values(i, random);
            out.add(Tensor.of(dtype.apply(i.spec.dtype()), v, i.spec.shape().dims()));
        }
        return out;
    }

    private static double[] values(Input i, SplittableRandom random) {
        double[] v = new double[Math.toIntExact(i.spec.shape().size())];
        for (int n = 0; n < v.length; n++) {
            double u = random.nextDouble();
            v[n] = switch (i.spec.dtype()) {
                case BOOL -> u < 0.5 ? 0 : 1;
                case I32, I64 -> Math.min(Math.floor(i.lo + u * (i.hi - i.lo)), i.hi - 1);
                default -> i.lo + u * (i.hi - i.lo);
            };
        }
        return v;
    }

    @Override
    public String toString() {
        return name;
    }
}
