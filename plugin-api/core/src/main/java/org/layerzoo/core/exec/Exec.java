package org.layerzoo.core.exec;

import java.util.List;
import java.util.function.Supplier;
import org.layerzoo.core.op.Op;
import org.layerzoo.core.tensor.Tensor;

/** The interpreter that ops of this thread go to; the default is {@link Dispatcher#auto()}. */
public final class Exec {
    private static final ScopedValue<OpInterpreter> CURRENT = ScopedValue.newInstance();

    private Exec() {}

    public static List<Tensor> apply(Op op, List<Tensor> in) {
        return current().apply(op, in);
    }

    public static OpInterpreter current() {
        return CURRENT.isBound() ? CURRENT.get() : Dispatcher.auto();
    }

    /** Runs {@code body} with its ops going to {@code interpreter}. */
    public static <T> T with(OpInterpreter interpreter, Supplier<T> body) {
        return ScopedValue.where(CURRENT, interpreter).call(body::get);
    }

    public static void run(OpInterpreter interpreter, Runnable body) {
        ScopedValue.where(CURRENT, interpreter).run(body);
    }
}
