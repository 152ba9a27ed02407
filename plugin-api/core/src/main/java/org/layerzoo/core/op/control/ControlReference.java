package org.layerzoo.core.op.control;

import java.util.List;
import java.util.function.Function;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.exec.Dispatcher;
import org.layerzoo.core.exec.Exec;
import org.layerzoo.core.exec.OpInterpreter;
import org.layerzoo.core.exec.Reference;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;

/** The meaning of the control ops. Results are handles of their own even where the numbers are an input's. */
public final class ControlReference {
    private ControlReference() {}

    public static List<Tensor> run(Primitive.Control op, List<Tensor> in) {
        return switch (op) {
            // A tape tells tensors apart by identity: handing the input through would hand its gradient through.
            case Primitive.Stop s -> List.of(in.getFirst().view(in.getFirst().shape()));
            case Primitive.StraightThrough s ->
                List.of(in.getFirst().view(in.getFirst().shape()));
            case Primitive.Custom c -> untaped(c.forward(), in);
            case Primitive.Host h -> host(h, in);
        };
    }

    private static List<Tensor> host(Primitive.Host op, List<Tensor> in) {
        List<Tensor> out = untaped(op.code(), in);
        List<TensorSpec> given = out.stream().map(Tensor::spec).toList();
        if (!given.equals(op.results())) {
            throw new ZooException(
                    ErrorCode.PLUGIN_FAILED,
                    "host: '" + op.label() + "' declares results " + op.results() + ", given " + given);
        }
        return out;
    }

    /** Runs code whose inner ops no tape shall see: on the dispatcher that called, else on the reference. */
    private static List<Tensor> untaped(Function<List<Tensor>, List<Tensor>> code, List<Tensor> in) {
        OpInterpreter plain = Exec.current() instanceof Dispatcher d ? d : Reference.INSTANCE;
        return Exec.with(plain, () -> code.apply(in));
    }
}
