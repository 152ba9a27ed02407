package org.layerzoo.kernels.op.recur;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.op.recur.Algorithm;
import org.layerzoo.core.op.recur.Gate;
import org.layerzoo.core.op.recur.Recur;
import org.layerzoo.core.tensor.Tensor;

/** The inputs of a recurrence by name, and how its tokens are cut. */
record Roles(Recur op, List<Tensor> in) {
    /** Chunks of the op to a segment: a segment costs its end state in memory and its tokens' work twice. */
    private static final int CHUNKS = 4;

    private static final int SHORTEST = 32;

    Tensor q() {
        return in.get(0);
    }

    Tensor k() {
        return in.get(1);
    }

    Tensor v() {
        return in.get(2);
    }

    int heads() {
        return v().dim(1);
    }

    int samples() {
        return bounds().map(b -> b.dim(0) - 1).orElse(q().dim(0));
    }

    Optional<Tensor> before() {
        return op.initial() ? Optional.of(in.get(3 + op.gate().tensors())) : Optional.empty();
    }

    Optional<Tensor> bounds() {
        return op.longest() > 0 ? Optional.of(in.getLast()) : Optional.empty();
    }

    Sweep.Gates gates() {
        return switch (op.gate()) {
            case Gate.None g -> new Sweep.Gates(Sweep.Kind.NONE, q(), q());
            case Gate.PerHead g -> new Sweep.Gates(Sweep.Kind.HEAD, in.get(3), q());
            case Gate.Scalar g -> new Sweep.Gates(Sweep.Kind.SCALAR, in.get(3), q());
            case Gate.Key g -> new Sweep.Gates(Sweep.Kind.KEY, in.get(3), q());
            case Gate.Value g -> new Sweep.Gates(Sweep.Kind.VALUE, in.get(3), q());
            case Gate.Delta g ->
                g.decays()
                        ? new Sweep.Gates(Sweep.Kind.DELTA_DECAY, in.get(4), in.get(3))
                        : new Sweep.Gates(Sweep.Kind.DELTA, q(), in.get(3));
        };
    }

    Sweep.Flow flow() {
        int longest = op.longest() > 0 ? op.longest() : q().dim(2);
        int segment = op.algorithm() instanceof Algorithm.Chunked c ? Math.max(SHORTEST, CHUNKS * c.size()) : longest;
        return new Sweep.Flow(op.reverse(), false, false, bounds(), segment, longest);
    }
}
