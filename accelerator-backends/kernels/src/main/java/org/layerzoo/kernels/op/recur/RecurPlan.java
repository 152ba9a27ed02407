package org.layerzoo.kernels.op.recur;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.gpu.Gpu;
import org.layerzoo.core.gpu.Grid;
import org.layerzoo.core.op.recur.Recur;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.kernels.Plan;

/**
 * Matrix-state recurrences. Work: 3 to 6 dk dv multiply-adds a token and head, twice where the tokens are cut into segments (three times
 * for the delta rule); q, k, v, gates and o cross memory once for each 32 columns of the state.
 */
public final class RecurPlan implements Plan<Recur> {
    private static final int MOST_ROWS = 256;

    @Override
    public Optional<String> refusal(Recur op, List<TensorSpec> in, Gpu.Limits limits) {
        return refusal(op, in, in.getFirst().shape().dim(3));
    }

    /** @param rows of the states that sweeps hold */
    static Optional<String> refusal(Recur op, List<TensorSpec> in, int rows) {
        if (rows > MOST_ROWS) {
            return Optional.of("states of " + rows + " rows, the kernels hold " + MOST_ROWS);
        }
        long samples = op.longest() > 0
                ? in.getLast().shape().dim(0) - 1
                : in.getFirst().shape().dim(0);
        long states = samples * in.get(2).shape().dim(1);
        return states > Grid.MOST_YZ
                ? Optional.of(states + " states, the kernels take " + Grid.MOST_YZ)
                : Optional.empty();
    }

    @Override
    public List<Tensor> run(Recur op, List<Tensor> in, Gpu gpu) {
        Roles r = new Roles(op, in);
        Tensor o = gpu.empty(r.v().spec());
        DType wide = r.q().dtype() == DType.F64 ? DType.F64 : DType.F32;
        Tensor after = gpu.empty(TensorSpec.of(wide, r.samples(), r.heads(), r.q().dim(3), r.v().dim(3)));
        if (after.size() > 0) {
            new Sweep(
                            gpu,
                            r.q(),
                            r.k(),
                            r.v(),
                            r.gates(),
                            op.diagonal(),
                            r.flow(),
                            op.scale(),
                            1,
                            r.samples(),
                            r.heads())
                    .run(r.before(), Optional.of(o), Optional.of(after));
        }
        return List.of(o, after);
    }
}
