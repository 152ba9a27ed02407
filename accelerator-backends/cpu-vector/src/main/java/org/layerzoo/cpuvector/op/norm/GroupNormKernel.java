package org.layerzoo.cpuvector.op.norm;

import static jdk.incubator.vector.FloatVector.fromArray;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.layerzoo.core.op.norm.GroupNorm;
import org.layerzoo.core.op.norm.Root;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.cpuvector.Floats;
import org.layerzoo.cpuvector.Kernel;
import org.layerzoo.cpuvector.Loan;
import org.layerzoo.cpuvector.Width;
import org.layerzoo.cpuvector.Workers;

/** Group norm, a task a group of a sample: statistics of the row, then one multiplication and addition an element, with a factor a channel. */
public final class GroupNormKernel implements Kernel<GroupNorm> {
    private static final VectorSpecies<Float> S = Width.FLOATS;
    private static final int L = Width.LANES;

    @Override
    public Optional<String> refusal(GroupNorm op, List<TensorSpec> in) {
        TensorSpec x = in.getFirst();
        return x.dtype() == DType.F32 && x.shape().size() > 0 ? Optional.empty() : Optional.of("no loop for " + x);
    }

    @Override
    public List<Tensor> run(GroupNorm op, List<Tensor> in) {
        Tensor x = in.getFirst();
        Tensor y = Tensor.allocate(x.spec());
        MemorySegment from = x.segment();
        int own = x.dim(1) / op.groups();
        int positions = Math.toIntExact(x.shape().product(2, x.rank()));
        int n = own * positions;
        RowNorm norm = new RowNorm(n, true, true, Root.INSIDE, op.eps(), Optional.empty(), Optional.empty());
        Workers.run(x.dim(0) * op.groups(), 4 * x.size(), row -> {
            try (Loan loan = Loan.open()) {
                float[] v = loan.floats(n);
                Floats.load(from, (long) row * n, v, 0, n);
                float mean = norm.mean(v, 0);
                float factor = norm.reciprocal(v, 0, mean);
                for (int c = 0; c < own; c++) {
                    int channel = row % op.groups() * own + c;
                    float weight = op.affine() ? Floats.get(in.get(1).segment(), channel) : 1;
                    float bias = op.affine() ? Floats.get(in.get(2).segment(), channel) : 0;
                    channel(v, c * positions, positions, mean, factor * weight, bias);
                }
                Floats.store(v, 0, y.segment(), (long) row * n, n);
            }
        });
        return List.of(y);
    }

    /** v = (v - mean) factor + bias. */
    private static void channel(float[] v, int at, int n, float mean, float factor, float bias) {
        FloatVector f = FloatVector.broadcast(S, factor);
        FloatVector b = FloatVector.broadcast(S, bias);
        int i = at;
        for (; i + L <= at + n; i += L) {
            fromArray(S, v, i).sub(mean).fma(f, b).intoArray(v, i);
        }
        for (; i < at + n; i++) {
            v[i] = Math.fma(v[i] - mean, factor, bias);
        }
    }
}
