package org.layerzoo.benchmarks.suite;

import org.layerzoo.core.layer.Draws;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;

/** Numbers of the rows: the same for every run of a seed. */
final class Inputs {
    private static final Draws DRAWS = Draws.seeded(1).at("benchmarks");

    private Inputs() {}

    static Tensor normal(String name, int... dims) {
        return DRAWS.normal(name, DType.F32, dims);
    }

    static Tensor uniform(String name, double low, double high, int... dims) {
        return DRAWS.uniform(name, DType.F32, dims).mul(high - low).add(low);
    }
}
