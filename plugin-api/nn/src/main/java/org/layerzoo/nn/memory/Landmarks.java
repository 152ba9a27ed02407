package org.layerzoo.nn.memory;

import org.layerzoo.core.op.Ops;
import org.layerzoo.core.tensor.Tensor;

/** Landmarks among tokens (Mohtashami and Jaggi 2023, section 3.1): one behind every {@code block} regular ones. */
public record Landmarks(int block) {
    /** Landmarks among the first n regular tokens. */
    public int among(int n) {
        return n / block;
    }

    /**
     * Puts landmarks where blocks end.
     *
     * @param x regular tokens [B, n] or their vectors [B, n, D] @param mark a landmark for each row, [B, 1] or [B, 1, D]
     * @param from regular tokens before them
     */
    public Tensor insert(Tensor x, Tensor mark, int from) {
        int n = x.dim(1);
        long[] order = new long[n + among(from + n) - among(from)];
        for (int i = 0, at = 0; i < n; i++) {
            order[at++] = i;
            if ((from + i + 1) % block == 0) {
                order[at++] = n;
            }
        }
        return Ops.indexSelect(Ops.concat(1, x, mark), 1, Tensor.of(order, order.length));
    }

    /** The rows of regular tokens alone. @param x [B, n + landmarks, ..] as {@link #insert} orders them */
    public Tensor remove(Tensor x, int from, int n) {
        long[] kept = new long[n];
        for (int i = 0; i < n; i++) {
            kept[i] = i + among(from + i) - among(from);
        }
        return Ops.indexSelect(x, 1, Tensor.of(kept, n));
    }
}
