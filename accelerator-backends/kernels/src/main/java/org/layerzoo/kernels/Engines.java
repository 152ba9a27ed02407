package org.layerzoo.kernels;

import org.layerzoo.core.op.GradientOf;
import org.layerzoo.core.op.Op;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.op.attend.Attend;
import org.layerzoo.core.op.attend.MergeLse;
import org.layerzoo.core.op.dense.Glu;
import org.layerzoo.core.op.dense.LinearMap;
import org.layerzoo.core.op.dense.NewtonInverse;
import org.layerzoo.core.op.loss.CrossEntropy;
import org.layerzoo.core.op.neighbourhood.Neighbourhood;
import org.layerzoo.core.op.norm.BatchNorm;
import org.layerzoo.core.op.norm.BatchNormEval;
import org.layerzoo.core.op.norm.GroupNorm;
import org.layerzoo.core.op.norm.L2Norm;
import org.layerzoo.core.op.norm.LayerNorm;
import org.layerzoo.core.op.norm.ResponseNorm;
import org.layerzoo.core.op.norm.RmsNorm;
import org.layerzoo.core.op.softmax.Softmax;
import org.layerzoo.core.op.softmax.SoftmaxGradient;
import org.layerzoo.kernels.op.attend.AttendPlan;
import org.layerzoo.kernels.op.attend.MergeLsePlan;
import org.layerzoo.kernels.op.dense.GluPlan;
import org.layerzoo.kernels.op.dense.NewtonInversePlan;
import org.layerzoo.kernels.op.linear.ConvPlan;
import org.layerzoo.kernels.op.linear.FftPlan;
import org.layerzoo.kernels.op.linear.LinearMapPlan;
import org.layerzoo.kernels.op.linear.MatMulPlan;
import org.layerzoo.kernels.op.linear.PoolPlan;
import org.layerzoo.kernels.op.linear.SolvePlan;
import org.layerzoo.kernels.op.loss.CrossEntropyPlan;
import org.layerzoo.kernels.op.neighbourhood.NeighbourhoodPlan;
import org.layerzoo.kernels.op.norm.BatchNormEvalPlan;
import org.layerzoo.kernels.op.norm.BatchNormPlan;
import org.layerzoo.kernels.op.norm.ResponseNormPlan;
import org.layerzoo.kernels.op.norm.RowNormPlan;
import org.layerzoo.kernels.op.softmax.SoftmaxGradientPlan;
import org.layerzoo.kernels.op.softmax.SoftmaxPlan;

/** Plans of products, convolutions, normalisation and attention. */
final class Engines {
    private static final MatMulPlan MATMUL = new MatMulPlan();
    private static final LinearMapPlan LINEAR_MAP = new LinearMapPlan();
    private static final GluPlan GLU = new GluPlan();
    private static final NewtonInversePlan NEWTON_INVERSE = new NewtonInversePlan();
    private static final SoftmaxPlan SOFTMAX = new SoftmaxPlan();
    private static final SoftmaxGradientPlan SOFTMAX_GRADIENT = new SoftmaxGradientPlan();
    private static final RowNormPlan ROW_NORM = new RowNormPlan();
    private static final BatchNormPlan BATCH_NORM = new BatchNormPlan();
    private static final BatchNormEvalPlan BATCH_NORM_EVAL = new BatchNormEvalPlan();
    private static final ResponseNormPlan RESPONSE_NORM = new ResponseNormPlan();
    private static final CrossEntropyPlan CROSS_ENTROPY = new CrossEntropyPlan();
    private static final AttendPlan ATTEND = new AttendPlan();
    private static final MergeLsePlan MERGE_LSE = new MergeLsePlan();
    private static final ConvPlan CONV = new ConvPlan();
    private static final PoolPlan POOL = new PoolPlan();
    private static final SolvePlan SOLVE = new SolvePlan();
    private static final FftPlan FFT = new FftPlan();
    private static final NeighbourhoodPlan NEIGHBOURHOOD = new NeighbourhoodPlan();

    private Engines() {}

    /** Null where there is none. */
    static Plan<?> find(Op op) {
        return switch (op) {
            case Primitive.MatMul m -> MATMUL;
            case Primitive.Conv c -> CONV;
            case Primitive.ConvInput c -> CONV;
            case Primitive.ConvWeight c -> CONV;
            case Primitive.MaxPool p -> POOL;
            case Primitive.AvgPool p -> POOL;
            case Primitive.AvgPoolInput p -> POOL;
            case Primitive.TriangularSolve t -> SOLVE;
            case Primitive.Fft f -> FFT;
            case Primitive.Rfft f -> FFT;
            case Primitive.Irfft f -> FFT;
            case LinearMap l -> LINEAR_MAP;
            case Glu g -> GLU;
            case NewtonInverse v -> NEWTON_INVERSE;
            case Softmax f -> SOFTMAX;
            case SoftmaxGradient f -> SOFTMAX_GRADIENT;
            case LayerNorm n -> ROW_NORM;
            case RmsNorm n -> ROW_NORM;
            case L2Norm n -> ROW_NORM;
            case GroupNorm n -> ROW_NORM;
            case BatchNorm n -> BATCH_NORM;
            case BatchNormEval n -> BATCH_NORM_EVAL;
            case ResponseNorm n -> RESPONSE_NORM;
            case CrossEntropy c -> CROSS_ENTROPY;
            case Attend a -> ATTEND;
            case MergeLse m -> MERGE_LSE;
            case Neighbourhood n -> NEIGHBOURHOOD;
            case GradientOf g -> Gradients.find(g);
            default -> null;
        };
    }
}
