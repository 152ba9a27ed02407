package org.layerzoo.cpuvector.op.recur;

import static jdk.incubator.vector.FloatVector.fromMemorySegment;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import org.layerzoo.core.op.recur.Algorithm;
import org.layerzoo.core.op.recur.Gate;
import org.layerzoo.core.op.recur.Recur;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.cpuvector.Floats;
import org.layerzoo.cpuvector.Width;

/** A gradient to compute: the op's inputs, the cotangents of o and of the final state, and where gradients go (as many as inputs). */
record GradientCall(Recur op, List<Tensor> in, Tensor doOut, Optional<Tensor> dLast, List<Tensor> grads) {
    private static final VectorSpecies<Float> S = Width.FLOATS;
    private static final int L = Width.LANES;
    /** Fewer tokens take less time one by one. */
    private static final int FEW = 4;

    /**
     * Whether a head's gradients are computed in chunks: not when single tokens are asked for, and not with an infinity or NaN, which a
     * product of matrices would carry to tokens that do not depend on it.
     */
    boolean chunked(int head, long keyHead) {
        return !(op.algorithm() instanceof Algorithm.Recurrent)
                && !(op.gate() instanceof Gate.Value)
                && in.get(2).dim(2) >= FEW
                && finite(head, keyHead);
    }

    private boolean finite(int head, long keyHead) {
        int gates = 3 + op.gate().tensors();
        boolean finite = finite(doOut, head) && dLast.map(d -> finite(d, head)).orElse(true);
        for (int i = 0; finite && i < in.size(); i++) {
            Tensor x = in.get(i);
            if (i == 3 && op.gate() instanceof Gate.PerHead) {
                finite = Float.isFinite(Floats.get(x.segment(), head % x.dim(0)));
            } else {
                finite = finite(x, i < 2 ? keyHead : head);
            }
        }
        return finite;
    }

    /** All that x [B, H, ..] holds of one head. */
    private static boolean finite(Tensor x, long head) {
        MemorySegment s = x.segment();
        long each = x.size() / x.dim(0) / x.dim(1);
        long from = head * each * 4, end = from + each * 4, whole = from + each / L * L * 4;
        FloatVector zero = FloatVector.zero(S), sum = zero;
        for (long i = from; i < whole; i += 4L * L) {
            sum = fromMemorySegment(S, s, i, ByteOrder.nativeOrder()).fma(zero, sum);
        }
        float rest = 0;
        for (long i = whole; i < end; i += 4) {
            rest += 0f * s.get(Floats.LAYOUT, i);
        }
        return rest == 0 && sum.compare(VectorOperators.EQ, 0f).allTrue();
    }
}
