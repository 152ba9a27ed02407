package org.layerzoo.cpuvector.op.dense;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import org.layerzoo.core.op.dense.LinearMap;
import org.layerzoo.core.tensor.Deferred;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.cpuvector.op.elementwise.Chain;

/** An activated linear map that waits to be read, so that a residual behind it can be added while its rows are in cache: {@link ResidualSum}. */
public final class WaitingMap implements Deferred {
    private final LinearMap op;
    private final List<Tensor> in;
    private final TensorSpec spec;

    private WaitingMap(LinearMap op, List<Tensor> in, TensorSpec spec) {
        this.op = op;
        this.in = in;
        this.spec = spec;
    }

    /** A result that waits, or empty where it is better computed now. */
    public static Optional<Tensor> of(LinearMap op, List<Tensor> in) {
        TensorSpec out = op.infer(in.stream().map(Tensor::spec).toList()).getFirst();
        // A slope that is told by the result reads it in every backward pass.
        if (out.shape().size() < Chain.SHORTEST
                || Slopes.ofResult(op.activation()).isPresent()) {
            return Optional.empty();
        }
        in.forEach(Tensor::ready);
        return Optional.of(Tensor.deferred(out, new WaitingMap(op, in, out)));
    }

    @Override
    public List<Tensor> reads() {
        return in;
    }

    @Override
    public void compute(MemorySegment out) {
        LinearMapKernel.run(op, in, spec, out, Optional.empty());
    }

    /** The numbers of this map plus those of {@code residual}. */
    void compute(MemorySegment out, Tensor residual) {
        LinearMapKernel.run(op, in, spec, out, Optional.of(residual));
    }
}
