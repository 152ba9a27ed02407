package org.layerzoo.metrics;

import java.util.Arrays;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;

/** Class ids that predictions are held against. */
public final class Targets {
    /** A place that is not scored. */
    public static final long IGNORED = -100;

    private Targets() {}

    /** BOOL, true where a place is scored. */
    static Tensor counted(Tensor targets) {
        return targets.ne(Tensor.scalar(DType.I64, IGNORED));
    }

    static Tensor fitting(Tensor logits, Tensors batch, String name) {
        Tensor t = batch.get(name).cast(DType.I64);
        int[] expected = Arrays.copyOf(logits.shape().dims(), Math.max(0, logits.rank() - 1));
        if (logits.rank() < 1 || !Arrays.equals(expected, t.shape().dims())) {
            throw new ZooException(
                    ErrorCode.BAD_SHAPE,
                    "logits " + logits.spec() + " do not fit targets '" + name + "' " + t.spec()
                            + ": the last axis of logits is the classes");
        }
        return t;
    }
}
