package org.layerzoo.kernels;

import org.layerzoo.core.op.GradientOf;
import org.layerzoo.core.op.attend.Attend;
import org.layerzoo.core.op.attend.MergeLse;
import org.layerzoo.core.op.dense.Glu;
import org.layerzoo.core.op.dense.LinearMap;
import org.layerzoo.core.op.longconv.LongConv;
import org.layerzoo.core.op.loss.CrossEntropy;
import org.layerzoo.core.op.neighbourhood.Neighbourhood;
import org.layerzoo.core.op.norm.BatchNorm;
import org.layerzoo.core.op.norm.BatchNormEval;
import org.layerzoo.core.op.norm.GroupNorm;
import org.layerzoo.core.op.norm.L2Norm;
import org.layerzoo.core.op.norm.LayerNorm;
import org.layerzoo.core.op.norm.ResponseNorm;
import org.layerzoo.core.op.norm.RmsNorm;
import org.layerzoo.core.op.recur.Recur;
import org.layerzoo.core.op.rnn.Gru;
import org.layerzoo.core.op.rnn.Lstm;
import org.layerzoo.core.op.scan.ComplexScan;
import org.layerzoo.core.op.scan.SelectiveScan;
import org.layerzoo.core.op.scan.SoftmaxScan;
import org.layerzoo.core.op.shortconv.ShortConv;
import org.layerzoo.kernels.op.attend.AttendGradientPlan;
import org.layerzoo.kernels.op.attend.MergeLseGradientPlan;
import org.layerzoo.kernels.op.dense.GluGradientPlan;
import org.layerzoo.kernels.op.dense.LinearMapGradientPlan;
import org.layerzoo.kernels.op.longconv.LongConvGradientPlan;
import org.layerzoo.kernels.op.loss.CrossEntropyGradientPlan;
import org.layerzoo.kernels.op.neighbourhood.NeighbourhoodGradientPlan;
import org.layerzoo.kernels.op.norm.BatchNormEvalGradientPlan;
import org.layerzoo.kernels.op.norm.BatchNormGradientPlan;
import org.layerzoo.kernels.op.norm.ResponseNormGradientPlan;
import org.layerzoo.kernels.op.norm.RowNormGradientPlan;
import org.layerzoo.kernels.op.recur.RecurGradientPlan;
import org.layerzoo.kernels.op.rnn.CellGradientPlan;
import org.layerzoo.kernels.op.scan.ComplexScanGradientPlan;
import org.layerzoo.kernels.op.scan.SelectiveScanGradientPlan;
import org.layerzoo.kernels.op.scan.SoftmaxScanGradientPlan;
import org.layerzoo.kernels.op.shortconv.ShortConvGradientPlan;

/** Which plan belongs to the gradient of which op. */
final class Gradients {
    private static final GluGradientPlan GLU = new GluGradientPlan();
    private static final LinearMapGradientPlan LINEAR_MAP = new LinearMapGradientPlan();
    private static final RowNormGradientPlan ROW_NORM = new RowNormGradientPlan();
    private static final BatchNormGradientPlan BATCH_NORM = new BatchNormGradientPlan();
    private static final BatchNormEvalGradientPlan BATCH_NORM_EVAL = new BatchNormEvalGradientPlan();
    private static final CrossEntropyGradientPlan CROSS_ENTROPY = new CrossEntropyGradientPlan();
    private static final RecurGradientPlan RECUR = new RecurGradientPlan();
    private static final SelectiveScanGradientPlan SELECTIVE_SCAN = new SelectiveScanGradientPlan();
    private static final ComplexScanGradientPlan COMPLEX_SCAN = new ComplexScanGradientPlan();
    private static final ShortConvGradientPlan SHORT_CONV = new ShortConvGradientPlan();
    private static final AttendGradientPlan ATTEND = new AttendGradientPlan();
    private static final NeighbourhoodGradientPlan NEIGHBOURHOOD = new NeighbourhoodGradientPlan();
    private static final LongConvGradientPlan LONG_CONV = new LongConvGradientPlan();
    private static final MergeLseGradientPlan MERGE_LSE = new MergeLseGradientPlan();
    private static final ResponseNormGradientPlan RESPONSE_NORM = new ResponseNormGradientPlan();
    private static final SoftmaxScanGradientPlan SOFTMAX_SCAN = new SoftmaxScanGradientPlan();
    private static final CellGradientPlan CELL = new CellGradientPlan();

    private Gradients() {}

    /** Null where there is none. */
    static Plan<?> find(GradientOf g) {
        return switch (g.op()) {
            case Glu u -> GLU;
            case LinearMap l -> LINEAR_MAP;
            case LayerNorm n -> ROW_NORM;
            case RmsNorm n -> ROW_NORM;
            case L2Norm n -> ROW_NORM;
            case GroupNorm n -> ROW_NORM;
            case BatchNorm n -> BATCH_NORM;
            case BatchNormEval n -> BATCH_NORM_EVAL;
            case CrossEntropy c -> CROSS_ENTROPY;
            case Recur r -> RECUR;
            case SelectiveScan n -> SELECTIVE_SCAN;
            case ComplexScan n -> COMPLEX_SCAN;
            case ShortConv c -> SHORT_CONV;
            case Attend a -> ATTEND;
            case LongConv c -> LONG_CONV;
            case Neighbourhood n -> NEIGHBOURHOOD;
            case MergeLse m -> MERGE_LSE;
            case ResponseNorm m -> RESPONSE_NORM;
            case SoftmaxScan m -> SOFTMAX_SCAN;
            case Lstm c -> CELL;
            case Gru c -> CELL;
            default -> null;
        };
    }
}
