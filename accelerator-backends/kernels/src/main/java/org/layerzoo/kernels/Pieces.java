package org.layerzoo.kernels;

import org.layerzoo.core.gpu.GpuKernel;
import org.layerzoo.core.tensor.Tensor;

/**
 * Elements that are moved together: where rows of two tensors begin at multiples of up to 16 bytes, a kernel that only moves takes such
 * a piece as its element.
 *
 * @param elements of the tensors in a piece
 * @param bytes of a piece
 */
public record Pieces(int elements, int bytes) {
    private static final int MOST = 16;

    /** The largest that divide every one of these numbers of elements, and where the tensors begin in their blocks. */
    public static Pieces of(Tensor x, Tensor y, long... numbers) {
        int size = x.dtype().bytes();
        int bytes = MOST;
        while (bytes > size && !divides(bytes, size, x.offset() | y.offset(), numbers)) {
            bytes /= 2;
        }
        return new Pieces(bytes / size, bytes);
    }

    private static boolean divides(int bytes, int size, long offsets, long... numbers) {
        long all = offsets;
        for (long n : numbers) {
            all |= n * size;
        }
        return all % bytes == 0;
    }

    /** Of the source moving.c. */
    public GpuKernel kernel(String function) {
        return bytes == MOST
                ? new GpuKernel(Pieces.class, "moving", "u64", function + "_16")
                : new GpuKernel(Pieces.class, "moving", "u" + 8 * bytes, function);
    }
}
