package org.layerzoo.core.op.control;

import java.util.List;
import org.layerzoo.core.exec.Exec;
import org.layerzoo.core.exec.ShapesOnly;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.op.Rules;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;

/** Result types of the control ops. */
public final class ControlRules {
    private ControlRules() {}

    public static List<TensorSpec> infer(Primitive.Control op, List<TensorSpec> in) {
        return switch (op) {
            case Primitive.Stop s -> {
                Rules.inputs(s, in, 1);
                yield List.of(in.getFirst());
            }
            case Primitive.StraightThrough s -> {
                Rules.inputs(s, in, 2);
                Rules.sameDType(s, in.get(0), in.get(1));
                Rules.require(
                        s,
                        in.get(0).shape().equals(in.get(1).shape()),
                        "hard and soft of one shape expected, given " + in.get(0) + " and " + in.get(1));
                yield List.of(in.get(0));
            }
            // A forward that reads numbers cannot be asked for its shapes alone and says so.
            case Primitive.Custom c -> {
                List<Tensor> abstracts = in.stream().map(Tensor::abstractOf).toList();
                yield Exec.with(ShapesOnly.INSTANCE, () -> c.forward().apply(abstracts)).stream()
                        .map(Tensor::spec)
                        .toList();
            }
            case Primitive.Host h -> h.results();
        };
    }
}
