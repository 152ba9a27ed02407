package org.layerzoo.core.op.dense;

import java.util.List;
import org.layerzoo.core.op.Args;
import org.layerzoo.core.op.WholeGradient;
import org.layerzoo.core.op.Wide;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;

/** (gate [..], up [..]) -> activation(gate) * up; SILU gives SwiGLU, GELU GEGLU, SIGMOID GLU. */
public record Glu(Activation activation) implements WholeGradient {
    @Override
    public String name() {
        return "glu";
    }

    @Override
    public List<TensorSpec> infer(List<TensorSpec> in) {
        Args args = new Args(this, in);
        TensorSpec gate = args.floats("gate");
        TensorSpec up = args.floats("up");
        args.require(gate.equals(up), "gate and up of one shape and dtype expected, given " + gate + " and " + up)
                .end();
        return List.of(gate);
    }

    @Override
    public List<Tensor> decompose(List<Tensor> in) {
        return List.of(Wide.down(activation.apply(Wide.up(in.get(0))).mul(Wide.up(in.get(1))), in.get(0)));
    }

    @Override
    public long flops(List<TensorSpec> in) {
        return 2 * in.getFirst().shape().size();
    }
}
