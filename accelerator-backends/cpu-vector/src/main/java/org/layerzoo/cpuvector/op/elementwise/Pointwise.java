package org.layerzoo.cpuvector.op.elementwise;

import java.util.List;
import org.layerzoo.core.op.Op;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.cpuvector.Blocks;
import org.layerzoo.cpuvector.Kernel;

/** A kernel whose result element depends on the elements at the same place only, so that neighbours in a chain can share a pass. */
public interface Pointwise<O extends Op> extends Kernel<O> {
    /** The computation of one block, for inputs that the kernel does not refuse. */
    Blocks.Step step(O op, List<TensorSpec> in);

    /** Element operations a result. */
    int cost(O op, List<TensorSpec> in);

    @Override
    default List<Tensor> run(O op, List<Tensor> in) {
        List<TensorSpec> specs = in.stream().map(Tensor::spec).toList();
        Tensor out = Tensor.allocate(op.infer(specs).getFirst());
        return List.of(Blocks.map(out, in, cost(op, specs), step(op, specs)));
    }
}
