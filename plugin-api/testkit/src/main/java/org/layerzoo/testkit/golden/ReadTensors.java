package org.layerzoo.testkit.golden;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.layerzoo.core.exec.OpInterpreter;
import org.layerzoo.core.op.Op;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;

/** Notes the memory that ops read, to tell which tensors nothing was computed from. */
public final class ReadTensors implements OpInterpreter {
    private final OpInterpreter inner;
    private final Set<Long> addresses = new TreeSet<>();

    public ReadTensors(OpInterpreter inner) {
        this.inner = inner;
    }

    @Override
    public List<Tensor> apply(Op op, List<Tensor> in) {
        in.stream()
                .filter(t -> !t.isAbstract() && t.size() > 0)
                .forEach(t -> addresses.add(t.segment().address()));
        return inner.apply(op, in);
    }

    /** Floating tensors that no op has read; others may be read by the host. */
    public List<String> notIn(Tensors t) {
        return t.names().stream()
                .filter(n -> t.get(n).dtype().isFloating() && t.get(n).size() > 0)
                .filter(n -> !addresses.contains(t.get(n).segment().address()))
                .toList();
    }
}
