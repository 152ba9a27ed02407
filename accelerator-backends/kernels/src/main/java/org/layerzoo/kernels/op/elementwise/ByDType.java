package org.layerzoo.kernels.op.elementwise;

import org.layerzoo.core.gpu.GpuKernel;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.kernels.Sources;

/**
 * The kernels of a set of functions, made once: a launch looks them up by two numbers.
 *
 * @param <F> the functions, whose names in lower case are those of the kernels
 */
final class ByDType<F extends Enum<F>> {
    private final GpuKernel[][] kernels;

    /** @param source of the floating types; integers and truth values have theirs in integers.c */
    ByDType(Class<F> functions, String source, String ending) {
        F[] all = functions.getEnumConstants();
        kernels = new GpuKernel[all.length][DType.values().length];
        for (F f : all) {
            for (DType t : DType.values()) {
                String name = f.name().toLowerCase() + ending;
                kernels[f.ordinal()][t.ordinal()] =
                        t.isFloating() ? Sources.of(source, t, name) : Sources.moving("integers", t, name);
            }
        }
    }

    GpuKernel of(F function, DType dtype) {
        return kernels[function.ordinal()][dtype.ordinal()];
    }
}
