package org.layerzoo.cpuvector.op.elementwise;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.op.Op;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.cpuvector.Blocks;
import org.layerzoo.cpuvector.Loan;

/** A pointwise kernel of F32 for BF16 and F16: each block is widened, computed and rounded once, in one pass over memory. */
public record InHalves<O extends Op>(Pointwise<O> kernel) implements Pointwise<O> {
    @Override
    public Optional<String> refusal(O op, List<TensorSpec> in) {
        return kernel.refusal(op, widened(in));
    }

    @Override
    public String kind(O op, List<TensorSpec> in) {
        return kernel.kind(op, widened(in));
    }

    @Override
    public int cost(O op, List<TensorSpec> in) {
        return kernel.cost(op, widened(in)) + in.size() + 1;
    }

    @Override
    public Blocks.Step step(O op, List<TensorSpec> in) {
        Blocks.Step f = kernel.step(op, widened(in));
        DType[] types = in.stream().map(TensorSpec::dtype).toArray(DType[]::new);
        DType to = op.infer(in).getFirst().dtype();
        return (x, y, n) -> {
            try (Loan loan = Loan.open()) {
                Object[] wide = new Object[types.length];
                for (int i = 0; i < types.length; i++) {
                    wide[i] = CastLoops.isHalf(types[i]) ? CastLoops.toFloats(x[i], types[i], loan.floats(n), n) : x[i];
                }
                Object z = f.apply(wide, CastLoops.isHalf(to) ? loan.floats(n) : y, n);
                return CastLoops.isHalf(to) ? CastLoops.fromFloats((float[]) z, to, y, n) : z;
            }
        };
    }

    private static List<TensorSpec> widened(List<TensorSpec> in) {
        return in.stream()
                .map(s -> CastLoops.isHalf(s.dtype()) ? new TensorSpec(DType.F32, s.shape()) : s)
                .toList();
    }
}
