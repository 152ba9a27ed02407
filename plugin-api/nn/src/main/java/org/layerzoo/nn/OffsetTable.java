package org.layerzoo.nn;

import org.layerzoo.core.layer.Init;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;

/** One learned number a row and head, {@code name.weight} [rows, H]; {@code index} holds the row of each offset -(L-1)..L-1. */
public record OffsetTable(Param weight, long[] index) {
    public static OffsetTable of(Params p, String name, int rows, int heads, long[] index, Init init) {
        return new OffsetTable(
                p.weight(name + ".weight", Shape.of(rows, heads), init, new Param.Attr.NoDecay()), index);
    }

    /** By offset: [H, 2 L - 1]. */
    public Tensor byOffset() {
        return Ops.indexSelect(weight.value(), 0, Tensor.of(index, index.length))
                .transpose(0, 1);
    }
}
