package org.layerzoo.core.tensor;

/** Type and shape of a tensor, without its numbers. */
public record TensorSpec(DType dtype, Shape shape) {
    public static TensorSpec of(DType dtype, int... dims) {
        return new TensorSpec(dtype, Shape.of(dims));
    }

    public long bytes() {
        return shape.size() * dtype.bytes();
    }

    public TensorSpec withShape(Shape s) {
        return new TensorSpec(dtype, s);
    }

    @Override
    public String toString() {
        return dtype + shape.toString();
    }
}
