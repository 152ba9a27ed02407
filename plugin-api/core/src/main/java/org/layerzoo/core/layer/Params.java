package org.layerzoo.core.layer;

import org.layerzoo.core.Stable;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Shape;

/** Where a layer declares what it stores, under names that are part of its contract: checkpoints rely on them. */
@Stable(since = "0.1")
public interface Params {
    Param weight(String name, Shape shape, Init init, Param.Attr... attributes);

    default Param weight(String name, Init init, int... dims) {
        return weight(name, Shape.of(dims), init);
    }

    Buffer buffer(String name, DType dtype, Shape shape, Init init);

    /** The same place under {@code prefix.}. */
    Params at(String prefix);
}
