package org.layerzoo.kernels;

import org.layerzoo.core.gpu.Grid;
import org.layerzoo.core.tensor.Tensor;

/** Grids of kernels whose threads take 16 bytes each, as pack.h says. */
public final class Packs {
    private static final int THREADS = 256;
    private static final int BYTES = 16;

    private Packs() {}

    /** One pack a thread for all elements of {@code x}. */
    public static Grid grid(Tensor x) {
        return grid(x, x.size());
    }

    /** One pack a thread for {@code n} elements of the type of {@code x}. */
    public static Grid grid(Tensor x, long n) {
        int pack = elements(x);
        return Grid.over((n + pack - 1) / pack, THREADS);
    }

    /** Elements of a pack. */
    public static int elements(Tensor x) {
        return BYTES / x.dtype().bytes();
    }
}
