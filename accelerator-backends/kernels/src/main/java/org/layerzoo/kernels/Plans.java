package org.layerzoo.kernels;

import java.util.Optional;
import org.layerzoo.core.gpu.GpuOp;
import org.layerzoo.core.op.Op;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.op.longconv.LongConv;
import org.layerzoo.core.op.recur.Recur;
import org.layerzoo.core.op.rnn.Gru;
import org.layerzoo.core.op.rnn.Lstm;
import org.layerzoo.core.op.scan.ComplexScan;
import org.layerzoo.core.op.scan.SelectiveScan;
import org.layerzoo.core.op.scan.SoftmaxScan;
import org.layerzoo.core.op.shortconv.ShortConv;
import org.layerzoo.kernels.op.longconv.LongConvPlan;
import org.layerzoo.kernels.op.recur.RecurPlan;
import org.layerzoo.kernels.op.rnn.CellPlan;
import org.layerzoo.kernels.op.scan.ComplexScanPlan;
import org.layerzoo.kernels.op.scan.SelectiveScanPlan;
import org.layerzoo.kernels.op.scan.SoftmaxScanPlan;
import org.layerzoo.kernels.op.shortconv.ShortConvPlan;

/** Which plan belongs to which op. */
final class Plans {
    private static final RecurPlan RECUR = new RecurPlan();
    private static final SelectiveScanPlan SELECTIVE_SCAN = new SelectiveScanPlan();
    private static final ComplexScanPlan COMPLEX_SCAN = new ComplexScanPlan();
    private static final SoftmaxScanPlan SOFTMAX_SCAN = new SoftmaxScanPlan();
    private static final ShortConvPlan SHORT_CONV = new ShortConvPlan();
    private static final LongConvPlan LONG_CONV = new LongConvPlan();
    private static final CellPlan CELL = new CellPlan();
    private static final OwnPlan OWN = new OwnPlan();

    private Plans() {}

    @SuppressWarnings("unchecked")
    static <O extends Op> Optional<Plan<O>> of(O op) {
        return Optional.ofNullable((Plan<O>) find(op));
    }

    private static Plan<?> find(Op op) {
        return switch (op) {
            case Primitive.Elementwise e -> Primitives.find(e);
            case Primitive.Shaping s -> Primitives.find(s);
            case Primitive.Reduction r -> Primitives.find(r);
            case Primitive.Indexing i -> Primitives.find(i);
            case Primitive.Source s -> Primitives.find(s);
            case Recur r -> RECUR;
            case SelectiveScan c -> SELECTIVE_SCAN;
            case ComplexScan c -> COMPLEX_SCAN;
            case SoftmaxScan c -> SOFTMAX_SCAN;
            case ShortConv c -> SHORT_CONV;
            case LongConv c -> LONG_CONV;
            case Lstm c -> CELL;
            case Gru c -> CELL;
            case GpuOp g -> OWN;
            default -> Engines.find(op);
        };
    }
}
