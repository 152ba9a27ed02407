package org.layerzoo.cpuvector;

import java.util.Optional;
import org.layerzoo.core.op.GradientOf;
import org.layerzoo.core.op.Op;
import org.layerzoo.core.op.Primitive;
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
import org.layerzoo.core.op.scan.ComplexScan;
import org.layerzoo.core.op.scan.SelectiveScan;
import org.layerzoo.core.op.scan.SoftmaxScan;
import org.layerzoo.core.op.shortconv.ShortConv;
import org.layerzoo.core.op.softmax.Softmax;
import org.layerzoo.core.op.softmax.SoftmaxGradient;
import org.layerzoo.cpuvector.op.attend.AttendGradientKernel;
import org.layerzoo.cpuvector.op.attend.AttendKernel;
import org.layerzoo.cpuvector.op.attend.MergeLseGradientKernel;
import org.layerzoo.cpuvector.op.attend.MergeLseKernel;
import org.layerzoo.cpuvector.op.dense.GluGradientKernel;
import org.layerzoo.cpuvector.op.dense.GluKernel;
import org.layerzoo.cpuvector.op.dense.LinearGradientKernel;
import org.layerzoo.cpuvector.op.dense.LinearMapKernel;
import org.layerzoo.cpuvector.op.elementwise.BinaryKernel;
import org.layerzoo.cpuvector.op.elementwise.CastKernel;
import org.layerzoo.cpuvector.op.elementwise.ParametricKernel;
import org.layerzoo.cpuvector.op.elementwise.UnaryKernel;
import org.layerzoo.cpuvector.op.elementwise.WhereKernel;
import org.layerzoo.cpuvector.op.indexing.IndexingKernel;
import org.layerzoo.cpuvector.op.linear.ConvKernel;
import org.layerzoo.cpuvector.op.linear.FftKernel;
import org.layerzoo.cpuvector.op.linear.MatMulKernel;
import org.layerzoo.cpuvector.op.linear.PoolKernel;
import org.layerzoo.cpuvector.op.longconv.LongConvGradientKernel;
import org.layerzoo.cpuvector.op.longconv.LongConvKernel;
import org.layerzoo.cpuvector.op.loss.CrossEntropyGradientKernel;
import org.layerzoo.cpuvector.op.loss.CrossEntropyKernel;
import org.layerzoo.cpuvector.op.neighbourhood.NeighbourhoodGradientKernel;
import org.layerzoo.cpuvector.op.neighbourhood.NeighbourhoodKernel;
import org.layerzoo.cpuvector.op.norm.BatchNormEvalGradientKernel;
import org.layerzoo.cpuvector.op.norm.BatchNormEvalKernel;
import org.layerzoo.cpuvector.op.norm.BatchNormGradientKernel;
import org.layerzoo.cpuvector.op.norm.BatchNormKernel;
import org.layerzoo.cpuvector.op.norm.GroupNormGradientKernel;
import org.layerzoo.cpuvector.op.norm.GroupNormKernel;
import org.layerzoo.cpuvector.op.norm.NormGradientKernel;
import org.layerzoo.cpuvector.op.norm.NormKernel;
import org.layerzoo.cpuvector.op.norm.ResponseNormGradientKernel;
import org.layerzoo.cpuvector.op.norm.ResponseNormKernel;
import org.layerzoo.cpuvector.op.recur.RecurGradientKernel;
import org.layerzoo.cpuvector.op.recur.RecurKernel;
import org.layerzoo.cpuvector.op.reduction.ArgReduceKernel;
import org.layerzoo.cpuvector.op.reduction.FirstOrderKernel;
import org.layerzoo.cpuvector.op.reduction.ReduceKernel;
import org.layerzoo.cpuvector.op.reduction.ScanKernel;
import org.layerzoo.cpuvector.op.reduction.SegmentKernel;
import org.layerzoo.cpuvector.op.scan.ComplexScanGradientKernel;
import org.layerzoo.cpuvector.op.scan.ComplexScanKernel;
import org.layerzoo.cpuvector.op.scan.SelectiveScanGradientKernel;
import org.layerzoo.cpuvector.op.scan.SelectiveScanKernel;
import org.layerzoo.cpuvector.op.scan.SoftmaxScanGradientKernel;
import org.layerzoo.cpuvector.op.scan.SoftmaxScanKernel;
import org.layerzoo.cpuvector.op.shaping.ShapingKernel;
import org.layerzoo.cpuvector.op.shortconv.ShortConvGradientKernel;
import org.layerzoo.cpuvector.op.shortconv.ShortConvKernel;
import org.layerzoo.cpuvector.op.softmax.SoftmaxGradientKernel;
import org.layerzoo.cpuvector.op.softmax.SoftmaxKernel;
import org.layerzoo.cpuvector.op.source.SourceKernel;

/** Which kernel belongs to which op. */
final class Kernels {
    private static final UnaryKernel UNARY = new UnaryKernel();
    private static final ParametricKernel PARAMETRIC = new ParametricKernel();
    private static final BinaryKernel BINARY = new BinaryKernel();
    private static final WhereKernel WHERE = new WhereKernel();
    private static final CastKernel CAST = new CastKernel();
    private static final ShapingKernel SHAPING = new ShapingKernel();
    private static final ReduceKernel REDUCE = new ReduceKernel();
    private static final MatMulKernel MATMUL = new MatMulKernel();

    private static final AttendKernel ATTEND = new AttendKernel();
    private static final AttendGradientKernel ATTEND_GRADIENT = new AttendGradientKernel();
    private static final RecurKernel RECUR = new RecurKernel();
    private static final RecurGradientKernel RECUR_GRADIENT = new RecurGradientKernel();

    private static final SelectiveScanKernel SELECTIVE_SCAN = new SelectiveScanKernel();
    private static final SelectiveScanGradientKernel SELECTIVE_SCAN_GRADIENT = new SelectiveScanGradientKernel();

    private static final ComplexScanKernel COMPLEX_SCAN = new ComplexScanKernel();
    private static final ComplexScanGradientKernel COMPLEX_SCAN_GRADIENT = new ComplexScanGradientKernel();
    private static final SoftmaxScanKernel SOFTMAX_SCAN = new SoftmaxScanKernel();
    private static final SoftmaxScanGradientKernel SOFTMAX_SCAN_GRADIENT = new SoftmaxScanGradientKernel();

    private static final SoftmaxKernel SOFTMAX = new SoftmaxKernel();
    private static final LinearMapKernel LINEAR_MAP = new LinearMapKernel();
    private static final GluKernel GLU = new GluKernel();
    private static final LongConvKernel LONG_CONV = new LongConvKernel();
    private static final ShortConvKernel SHORT_CONV = new ShortConvKernel();
    private static final LinearGradientKernel LINEAR_GRADIENT = new LinearGradientKernel();
    private static final GluGradientKernel GLU_GRADIENT = new GluGradientKernel();
    private static final CrossEntropyKernel CROSS_ENTROPY = new CrossEntropyKernel();
    private static final CrossEntropyGradientKernel CROSS_ENTROPY_GRADIENT = new CrossEntropyGradientKernel();
    private static final SoftmaxGradientKernel SOFTMAX_GRADIENT = new SoftmaxGradientKernel();
    private static final GroupNormKernel GROUP_NORM = new GroupNormKernel();
    private static final GroupNormGradientKernel GROUP_NORM_GRADIENT = new GroupNormGradientKernel();
    private static final ShortConvGradientKernel SHORT_CONV_GRADIENT = new ShortConvGradientKernel();
    private static final NormKernel NORM = new NormKernel();
    private static final NormGradientKernel NORM_GRADIENT = new NormGradientKernel();

    private static final BatchNormKernel BATCH_NORM = new BatchNormKernel();
    private static final BatchNormGradientKernel BATCH_NORM_GRADIENT = new BatchNormGradientKernel();
    private static final BatchNormEvalKernel BATCH_NORM_EVAL = new BatchNormEvalKernel();
    private static final BatchNormEvalGradientKernel BATCH_NORM_EVAL_GRADIENT = new BatchNormEvalGradientKernel();

    private static final ResponseNormKernel RESPONSE_NORM = new ResponseNormKernel();
    private static final ResponseNormGradientKernel RESPONSE_NORM_GRADIENT = new ResponseNormGradientKernel();
    private static final MergeLseKernel MERGE_LSE = new MergeLseKernel();
    private static final MergeLseGradientKernel MERGE_LSE_GRADIENT = new MergeLseGradientKernel();
    private static final LongConvGradientKernel LONG_CONV_GRADIENT = new LongConvGradientKernel();

    private static final ConvKernel CONV = new ConvKernel();
    private static final FirstOrderKernel FIRST_ORDER = new FirstOrderKernel();

    private static final FftKernel FFT = new FftKernel();

    private static final IndexingKernel INDEXING = new IndexingKernel();
    private static final ArgReduceKernel ARG_REDUCE = new ArgReduceKernel();
    private static final ScanKernel SCAN = new ScanKernel();
    private static final SegmentKernel SEGMENT = new SegmentKernel();
    private static final SourceKernel SOURCE = new SourceKernel();
    private static final PoolKernel POOL = new PoolKernel();

    private static final NeighbourhoodKernel NEIGHBOURHOOD = new NeighbourhoodKernel();
    private static final NeighbourhoodGradientKernel NEIGHBOURHOOD_GRADIENT = new NeighbourhoodGradientKernel();

    private Kernels() {}

    @SuppressWarnings("unchecked")
    static <O extends Op> Optional<Kernel<O>> of(O op) {
        return Optional.ofNullable((Kernel<O>) find(op));
    }

    private static Kernel<?> find(Op op) {
        return switch (op) {
            case Primitive p -> primitive(p);
            case GradientOf g -> gradient(g.op());
            default -> fused(op);
        };
    }

    private static Kernel<?> primitive(Primitive op) {
        return switch (op) {
            case Primitive.Unary u -> UNARY;
            case Primitive.Parametric p -> PARAMETRIC;
            case Primitive.Binary b -> BINARY;
            case Primitive.Where w -> WHERE;
            case Primitive.Cast c -> CAST;
            case Primitive.Shaping s -> SHAPING;
            case Primitive.Reduce r -> REDUCE;
            case Primitive.MatMul m -> MATMUL;
            case Primitive.Conv c -> CONV;
            case Primitive.ConvInput c -> CONV;
            case Primitive.ConvWeight c -> CONV;
            case Primitive.FirstOrder f -> FIRST_ORDER;
            case Primitive.Fft _, Primitive.Rfft _, Primitive.Irfft _ -> FFT;
            case Primitive.Indexing i -> INDEXING;
            case Primitive.ArgReduce a -> ARG_REDUCE;
            case Primitive.Scan c -> SCAN;
            case Primitive.Segment c -> SEGMENT;
            case Primitive.Source c -> SOURCE;
            case Primitive.MaxPool p -> POOL;
            case Primitive.AvgPool p -> POOL;
            case Primitive.AvgPoolInput p -> POOL;
            default -> null;
        };
    }

    private static Kernel<?> fused(Op op) {
        return switch (op) {
            case Attend a -> ATTEND;
            case Recur r -> RECUR;
            case SelectiveScan x -> SELECTIVE_SCAN;
            case ComplexScan x -> COMPLEX_SCAN;
            case SoftmaxScan x -> SOFTMAX_SCAN;
            case Softmax s -> SOFTMAX;
            case SoftmaxGradient s -> SOFTMAX_GRADIENT;
            case LinearMap l -> LINEAR_MAP;
            case Glu g -> GLU;
            case ShortConv c -> SHORT_CONV;
            case LongConv c -> LONG_CONV;
            case CrossEntropy c -> CROSS_ENTROPY;
            case LayerNorm n -> NORM;
            case RmsNorm n -> NORM;
            case L2Norm n -> NORM;
            case GroupNorm n -> GROUP_NORM;
            case BatchNorm n -> BATCH_NORM;
            case ResponseNorm n -> RESPONSE_NORM;
            case MergeLse n -> MERGE_LSE;
            case BatchNormEval n -> BATCH_NORM_EVAL;
            case Neighbourhood n -> NEIGHBOURHOOD;
            default -> null;
        };
    }

    private static Kernel<?> gradient(Op op) {
        return switch (op) {
            case Attend a -> ATTEND_GRADIENT;
            case Recur a -> RECUR_GRADIENT;
            case SelectiveScan a -> SELECTIVE_SCAN_GRADIENT;
            case ComplexScan a -> COMPLEX_SCAN_GRADIENT;
            case SoftmaxScan a -> SOFTMAX_SCAN_GRADIENT;
            case LayerNorm a -> NORM_GRADIENT;
            case RmsNorm b -> NORM_GRADIENT;
            case L2Norm b -> NORM_GRADIENT;
            case Neighbourhood n -> NEIGHBOURHOOD_GRADIENT;
            case GroupNorm b -> GROUP_NORM_GRADIENT;
            case BatchNorm b -> BATCH_NORM_GRADIENT;
            case ResponseNorm b -> RESPONSE_NORM_GRADIENT;
            case MergeLse b -> MERGE_LSE_GRADIENT;
            case LongConv c -> LONG_CONV_GRADIENT;
            case BatchNormEval b -> BATCH_NORM_EVAL_GRADIENT;
            case LinearMap l -> LINEAR_GRADIENT;
            case Glu l -> GLU_GRADIENT;
            case CrossEntropy l -> CROSS_ENTROPY_GRADIENT;
            case ShortConv a -> SHORT_CONV_GRADIENT;
            default -> null;
        };
    }
}
