package org.layerzoo.core.op;

import java.util.Arrays;
import org.layerzoo.core.ZooException;

/** How far a window reaches beyond the spatial axes. */
public sealed interface Padding {
    /** As many outputs as ceil(input / stride); an odd element of padding goes behind. */
    record Same() implements Padding {}

    /** None: windows stay inside. */
    record Valid() implements Padding {}

    /** So many elements before and after each spatial axis. */
    record Explicit(int[] before, int[] after) implements Padding {}

    /** The same number on both sides of every axis. */
    record Uniform(int size) implements Padding {}

    static Padding same() {
        return new Same();
    }

    static Padding valid() {
        return new Valid();
    }

    static Padding of(int everywhere) {
        return new Uniform(everywhere);
    }

    /** One number for both sides of each spatial axis. */
    static Padding of(int... perAxis) {
        return new Explicit(perAxis.clone(), perAxis.clone());
    }

    static Padding of(int[] before, int[] after) {
        return new Explicit(before.clone(), after.clone());
    }

    /**
     * Elements before and after each axis.
     *
     * @throws ZooException if an explicit padding has another number of axes
     */
    default Explicit resolve(int[] sizes, int[] kernel, int[] stride, int[] dilation) {
        int dims = sizes.length;
        return switch (this) {
            case Valid v -> new Explicit(new int[dims], new int[dims]);
            case Uniform u -> {
                int[] each = new int[dims];
                Arrays.fill(each, u.size);
                yield new Explicit(each, each);
            }
            case Explicit e -> {
                if (e.before.length != dims || e.after.length != dims) {
                    throw ZooException.badShape("padding: " + dims + " axes expected, given before "
                            + Arrays.toString(e.before) + " and after " + Arrays.toString(e.after));
                }
                yield e;
            }
            case Same s -> {
                int[] before = new int[dims];
                int[] after = new int[dims];
                for (int i = 0; i < dims; i++) {
                    int outputs = (sizes[i] + stride[i] - 1) / stride[i];
                    int reach = dilation[i] * (kernel[i] - 1) + 1;
                    int total = Math.max(0, (outputs - 1) * stride[i] + reach - sizes[i]);
                    before[i] = total / 2;
                    after[i] = total - total / 2;
                }
                yield new Explicit(before, after);
            }
        };
    }
}
