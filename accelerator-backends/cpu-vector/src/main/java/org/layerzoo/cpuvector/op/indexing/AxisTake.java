package org.layerzoo.cpuvector.op.indexing;

import java.lang.foreign.MemorySegment;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.cpuvector.Workers;

/** Rows of an axis picked by indices that are known to be inside it. */
public final class AxisTake {
    private AxisTake() {}

    public static Tensor run(Tensor x, int axis, int[] index) {
        Shape s = x.shape();
        Tensor out = Tensor.allocate(new TensorSpec(x.dtype(), s.with(axis, index.length)));
        long row = s.product(axis + 1, s.rank()) * x.dtype().bytes();
        long outer = s.product(0, axis);
        long n = s.dim(axis);
        if (out.size() == 0) {
            return out;
        }
        MemorySegment from = x.segment();
        MemorySegment to = out.segment();
        long rows = outer * index.length;
        Workers.pieces(rows, Math.max(1, 65_536 / row), Math.max(1, row / 4), (a, b) -> {
            for (long r = a; r < b; r++) {
                long source = r / index.length * n + index[(int) (r % index.length)];
                MemorySegment.copy(from, source * row, to, r * row, row);
            }
        });
        return out;
    }
}
