package org.layerzoo.kernels.op.attend;

import java.util.List;
import org.layerzoo.core.gpu.GpuKernel;
import org.layerzoo.core.op.GradientOf;
import org.layerzoo.core.op.attend.Attend;
import org.layerzoo.core.op.attend.Dropout;
import org.layerzoo.core.op.attend.HeadMap;
import org.layerzoo.core.op.attend.Normaliser;
import org.layerzoo.core.op.attend.Section;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.kernels.Sources;
import org.layerzoo.kernels.TensorCores;

/**
 * Which attentions the kernels for tensor cores compute: a softmax over keys of which each row sees one range (causal, windows, lengths,
 * packed samples, all of them), of heads of up to 128 numbers, shared or not, with or without a soft cap. Everything else takes the common
 * kernels.
 *
 * <p>A block has 128 rows; for 64 keys it computes 2^14 (d + dv) flops and reads 128 (d + dv) bytes from the cache, 128 flops a byte. A warp reads
 * each tile from shared memory for 16 rows: 16 flops a byte, which bounds it below the tensor cores' rate.
 */
final class TensorCoreAttend {
    static final int ROWS = 128;
    private static final int MOST = 128;

    private TensorCoreAttend() {}

    static boolean takes(Attend op, List<TensorSpec> in, int capability) {
        return TensorCores.take(in.getFirst().dtype(), capability)
                && op.norm() instanceof Normaliser.Softmax
                && op.dropout() instanceof Dropout.None
                && op.scale() > 0
                && in.getFirst().shape().dim(-1) <= MOST
                && in.get(2).shape().dim(-1) <= MOST
                && op.sections().stream().allMatch(TensorCoreAttend::ranges);
    }

    /** To k and v; to q where there is one section. */
    static boolean takesGradient(GradientOf op, List<TensorSpec> in, int capability) {
        Attend attend = (Attend) op.op();
        return takes(attend, in, capability)
                && attend.heads() instanceof HeadMap.Grouped
                && op.given().stream().allMatch(g -> g < 2);
    }

    private static boolean ranges(Section s) {
        return s.at() != Section.Coordinates.POSITIONS
                && s.bias().isEmpty()
                && s.post().isEmpty()
                && s.visible().stream().allMatch(v -> v instanceof Section.Visible.Window);
    }

    /** The numbers that kernels pad a row to: the end of their names. */
    static int width(int depth, int depthV) {
        return Math.max(depth, depthV) <= 64 ? 64 : MOST;
    }

    /** The kernel of the gradient to that input. */
    static GpuKernel gradient(int input, Tensor q, Tensor o) {
        String name = "attend_" + AttendGradientPlan.RESULTS.get(input) + "_mma_" + width(q.dim(3), o.dim(3));
        return Sources.of("attend_gradient_mma", q.dtype(), name);
    }
}
