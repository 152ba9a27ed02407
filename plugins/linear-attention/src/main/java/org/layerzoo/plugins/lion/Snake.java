package org.layerzoo.plugins.lion;

import org.layerzoo.core.op.Ops;
import org.layerzoo.core.tensor.Tensor;

/** An order of the tokens of a map that turns at each end; a class token stays first. @param order I64, places by step @param inverse steps by place */
public record Snake(Tensor order, Tensor inverse) {
    /** @param rows through the rows, else through the columns */
    public static Snake of(int h, int w, boolean rows, boolean classToken) {
        int first = classToken ? 1 : 0;
        int n = h * w + first;
        long[] order = new long[n];
        long[] inverse = new long[n];
        int length = rows ? w : h;
        for (int i = 0; i < h * w; i++) {
            int line = i / length;
            int at = line % 2 == 0 ? i % length : length - 1 - i % length;
            order[first + i] = first + (rows ? line * w + at : at * w + line);
        }
        for (int i = 0; i < n; i++) {
            inverse[(int) order[i]] = i;
        }
        return new Snake(Tensor.of(order, n), Tensor.of(inverse, n));
    }

    public Tensor along(Tensor x, int axis) {
        return Ops.indexSelect(x, axis, order);
    }

    public Tensor back(Tensor x, int axis) {
        return Ops.indexSelect(x, axis, inverse);
    }
}
