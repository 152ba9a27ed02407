package org.layerzoo.core.spi;

import java.util.function.BiFunction;
import java.util.function.UnaryOperator;
import org.layerzoo.core.Stable;
import org.layerzoo.core.layer.Draws;
import org.layerzoo.core.tensor.Tensors;

/**
 * The mixing of a layer alone, on inputs as its own projections would prepare them: what {@code zoo bench --unit core} times, so
 * that mechanisms are compared without the matrix products around them.
 */
@Stable(since = "0.1")
public interface Core {
    /** Prepared inputs (q, k, v or steps, inputs and outputs of a state, ...), in the range in which the layer works. */
    Tensors inputs(Scale scale, Draws draws);

    /** Mixes them; every parameter that takes part is an input. */
    Tensors mix(Tensors in);

    /** Normal q, k [B, H, T, K] and v [B, H, T, V]. */
    static Tensors heads(Scale s, Draws d, int heads, int keys, int values) {
        return Tensors.of(
                "q", d.normal("q", s.dtype(), s.batch(), heads, s.length(), keys),
                "k", d.normal("k", s.dtype(), s.batch(), heads, s.length(), keys),
                "v", d.normal("v", s.dtype(), s.batch(), heads, s.length(), values));
    }

    static Core of(BiFunction<Scale, Draws, Tensors> inputs, UnaryOperator<Tensors> mix) {
        return new Core() {
            @Override
            public Tensors inputs(Scale scale, Draws draws) {
                return inputs.apply(scale, draws);
            }

            @Override
            public Tensors mix(Tensors in) {
                return mix.apply(in);
            }
        };
    }
}
