package org.layerzoo.nn;

import org.layerzoo.core.layer.Buffer;
import org.layerzoo.core.layer.Draws;
import org.layerzoo.core.layer.Init;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;

/** A place for parameters whose initial values are edited on the way; names, shapes and buffers stay, and so does what lies deeper. */
public record EditedParams(Params to, Edit edit) implements Params {
    /** What becomes of an initial value. */
    @FunctionalInterface
    public interface Edit {
        /** @param name below this place @param path in the whole tree @param value that would be without the edit */
        Tensor of(String name, String path, Tensor value, Draws draws);
    }

    @Override
    public Param weight(String name, Shape shape, Init init, Param.Attr... attributes) {
        Init edited = (path, s, dtype, draws) -> edit.of(name, path, init.values(path, s, dtype, draws), draws);
        return to.weight(name, shape, edited, attributes);
    }

    @Override
    public Buffer buffer(String name, DType dtype, Shape shape, Init init) {
        return to.buffer(name, dtype, shape, init);
    }

    @Override
    public Params at(String prefix) {
        return to.at(prefix);
    }
}
