package org.layerzoo.core.gpu;

import java.util.ArrayList;
import java.util.List;
import org.layerzoo.core.tensor.Tensor;

/** The arguments of a kernel in the order of its source; each must have the type that the source declares. */
public final class Args {
    /** One argument. */
    public sealed interface Arg {
        /** A pointer to the tensor's first element in the device's memory. */
        record Pointer(Tensor tensor) implements Arg {}

        record I32(int value) implements Arg {}

        record I64(long value) implements Arg {}

        record F32(float value) implements Arg {}

        record F64(double value) implements Arg {}

        /** A structure of ints, by value. */
        record Ints(int[] values) implements Arg {}
    }

    private final List<Arg> list = new ArrayList<>();

    private Args() {}

    public static Args of(Tensor... pointers) {
        Args a = new Args();
        for (Tensor t : pointers) {
            a.tensor(t);
        }
        return a;
    }

    public Args tensor(Tensor t) {
        list.add(new Arg.Pointer(t));
        return this;
    }

    public Args i32(int... values) {
        for (int v : values) {
            list.add(new Arg.I32(v));
        }
        return this;
    }

    public Args i32(boolean flag) {
        return i32(flag ? 1 : 0);
    }

    public Args i64(long value) {
        list.add(new Arg.I64(value));
        return this;
    }

    public Args f32(double value) {
        list.add(new Arg.F32((float) value));
        return this;
    }

    public Args f64(double value) {
        list.add(new Arg.F64(value));
        return this;
    }

    /** A structure that the source declares with ints only, by value. */
    public Args ints(int[] structure) {
        list.add(new Arg.Ints(structure));
        return this;
    }

    public List<Arg> list() {
        return list;
    }
}
