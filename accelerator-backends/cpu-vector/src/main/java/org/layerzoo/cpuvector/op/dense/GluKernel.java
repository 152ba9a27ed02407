package org.layerzoo.cpuvector.op.dense;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.op.dense.Glu;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.cpuvector.Blocks;
import org.layerzoo.cpuvector.Kernel;
import org.layerzoo.cpuvector.op.elementwise.UnaryLoops;

/** activation(gate) * up in one pass. */
public final class GluKernel implements Kernel<Glu> {
    @Override
    public Optional<String> refusal(Glu op, List<TensorSpec> in) {
        return in.getFirst().dtype() == DType.F32
                ? Optional.empty()
                : Optional.of("no loop for " + in.getFirst().dtype());
    }

    @Override
    public List<Tensor> run(Glu op, List<Tensor> in) {
        Optional<UnaryLoops.Loop> loop = Activations.of(op.activation());
        return List.of(Blocks.map(Tensor.allocate(in.getFirst().spec()), in, 3, (x, y, n) -> {
            float[] gate = (float[]) x[0];
            float[] up = (float[]) x[1];
            loop.ifPresent(l -> l.apply(gate, n));
            for (int i = 0; i < n; i++) {
                gate[i] *= up[i];
            }
            return gate;
        }));
    }
}
