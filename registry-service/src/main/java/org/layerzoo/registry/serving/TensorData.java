package org.layerzoo.registry.serving;

import java.util.Arrays;
import java.util.List;

/** A tensor of a request or an answer, row-major and little-endian. */
record TensorData(String name, Datatype datatype, List<Long> shape, Slice data) {
    TensorData {
        shape = List.copyOf(shape);
    }

    /** Numbers in a tensor of a shape; empty when there are more than an array can hold. */
    static java.util.OptionalLong elements(List<Long> shape) {
        long n = 1;
        for (long d : shape) {
            if (d == 0) {
                return java.util.OptionalLong.of(0);
            }
            n *= d;
            if (n > Integer.MAX_VALUE) {
                return java.util.OptionalLong.empty();
            }
        }
        return java.util.OptionalLong.of(n);
    }

    /** Rows along the first axis. */
    long rows() {
        return shape.isEmpty() ? 1 : shape.getFirst();
    }

    /** The tensor of {@code count} rows from {@code first}. */
    TensorData rows(int first, int count) {
        int row = (int) (data.length() / rows());
        Long[] part = shape.toArray(Long[]::new);
        part[0] = (long) count;
        return new TensorData(name, datatype, Arrays.asList(part), data.part(first * row, count * row));
    }
}
