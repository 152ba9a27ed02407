package org.layerzoo.core.op.linear;

import java.util.List;
import org.layerzoo.core.op.Broadcast;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;

/** The meaning of the linear ops, in F64. */
public final class LinearReference {
    private LinearReference() {}

    public static List<Tensor> run(Primitive.Linear op, List<Tensor> in) {
        return switch (op) {
            case Primitive.MatMul m -> List.of(matmul(m, in.get(0), in.get(1)));
            case Primitive.TriangularSolve t -> List.of(solve(t, in.get(0), in.get(1)));
            case Primitive.Conv c -> List.of(ConvReference.conv(c, in.get(0), in.get(1)));
            case Primitive.ConvInput c -> List.of(ConvReference.convInput(c, in.get(0), in.get(1)));
            case Primitive.ConvWeight c -> List.of(ConvReference.convWeight(c, in.get(0), in.get(1)));
            case Primitive.MaxPool p -> PoolReference.maxPool(p, in.getFirst());
            case Primitive.AvgPool p -> List.of(PoolReference.avgPool(p, in.getFirst()));
            case Primitive.AvgPoolInput p -> List.of(PoolReference.avgPoolInput(p, in.getFirst()));
            case Primitive.Fft f -> List.of(FourierReference.fft(f, in.getFirst()));
            case Primitive.Rfft f -> List.of(FourierReference.rfft(f, in.getFirst()));
            case Primitive.Irfft f -> List.of(FourierReference.irfft(f, in.getFirst()));
        };
    }

    private static Tensor matmul(Primitive.MatMul op, Tensor a, Tensor b) {
        Shape shape = op.infer(List.of(a.spec(), b.spec())).getFirst().shape();
        Shape batch = LinearRules.batch(shape);
        int m = shape.dim(-2);
        int n = shape.dim(-1);
        int k = a.dim(op.transposeA() ? -2 : -1);
        int[] fromA = Broadcast.index(LinearRules.batch(a.shape()), batch);
        int[] fromB = Broadcast.index(LinearRules.batch(b.shape()), batch);
        double[] x = a.toDoubles();
        double[] y = b.toDoubles();
        double[] out = new double[Math.toIntExact(shape.size())];
        int rowA = op.transposeA() ? 1 : k;
        int stepA = op.transposeA() ? m : 1;
        int stepB = op.transposeB() ? 1 : n;
        int colB = op.transposeB() ? k : 1;
        for (int p = 0; p < fromA.length; p++) {
            for (int i = 0; i < m; i++) {
                for (int j = 0; j < n; j++) {
                    double s = 0;
                    int at = fromA[p] * m * k + i * rowA;
                    int bt = fromB[p] * n * k + j * colB;
                    for (int l = 0; l < k; l++) {
                        s += x[at + l * stepA] * y[bt + l * stepB];
                    }
                    out[(p * m + i) * n + j] = s;
                }
            }
        }
        return Tensor.of(a.dtype(), out, shape.dims());
    }

    /** Substitution from the end of the triangle that stands alone; transposing swaps that end. */
    private static Tensor solve(Primitive.TriangularSolve op, Tensor triangle, Tensor b) {
        int n = triangle.dim(-1);
        int m = b.dim(-1);
        double[] l = triangle.toDoubles();
        double[] x = b.toDoubles();
        int batches = (int) LinearRules.batch(b.shape()).size();
        boolean forward = op.lower() != op.transpose();
        int row = op.transpose() ? 1 : n;
        int col = op.transpose() ? n : 1;
        for (int p = 0; p < batches; p++) {
            for (int step = 0; step < n; step++) {
                int i = forward ? step : n - 1 - step;
                for (int c = 0; c < m; c++) {
                    int at = (p * n + i) * m + c;
                    double s = x[at];
                    for (int done = 0; done < step; done++) {
                        int j = forward ? done : n - 1 - done;
                        s -= l[p * n * n + i * row + j * col] * x[(p * n + j) * m + c];
                    }
                    x[at] = op.unit() ? s : s / l[p * n * n + i * n + i];
                }
            }
        }
        return Tensor.of(b.dtype(), x, b.shape().dims());
    }
}
