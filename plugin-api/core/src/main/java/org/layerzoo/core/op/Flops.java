package org.layerzoo.core.op;

import java.util.List;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.TensorSpec;

/** Floating-point operations of an op: a multiply-add counts two, an elementwise function one, data movement none. */
public final class Flops {
    private Flops() {}

    public static long of(Op op, List<TensorSpec> in) {
        return switch (op) {
            case FusedOp f -> f.flops(in);
            case Primitive.MatMul m -> {
                Shape out = op.infer(in).getFirst().shape();
                yield 2 * out.size() * in.getFirst().shape().dim(m.transposeA() ? -2 : -1);
            }
            case Primitive.Conv c ->
                2
                        * op.infer(in).getFirst().shape().size()
                        * in.get(1).shape().product(1, in.get(1).shape().rank());
            case Primitive.ConvInput c ->
                2
                        * in.getFirst().shape().size()
                        * in.get(1).shape().product(1, in.get(1).shape().rank());
            case Primitive.ConvWeight c ->
                2
                        * in.get(1).shape().size()
                        * op.infer(in)
                                .getFirst()
                                .shape()
                                .product(1, in.get(1).shape().rank());
            case Primitive.TriangularSolve t ->
                in.get(1).shape().size() * in.getFirst().shape().dim(-1);
            case Primitive.Fft f ->
                fft(in.getFirst().shape().size() / 2, in.getFirst().shape().dim(f.axis()));
            case Primitive.Rfft f ->
                fft(in.getFirst().shape().size(), in.getFirst().shape().dim(f.axis())) / 2;
            case Primitive.Irfft f -> fft(op.infer(in).getFirst().shape().size(), f.n()) / 2;
            case Primitive.FirstOrder f -> 2 * in.get(1).shape().size();
            case Primitive.MaxPool p -> op.infer(in).getFirst().shape().size() * kernel(p.g());
            case Primitive.AvgPool p -> op.infer(in).getFirst().shape().size() * kernel(p.g());
            case Primitive.Elementwise e -> op.infer(in).getFirst().shape().size();
            case Primitive.Reduction r -> in.getFirst().shape().size();
            case Primitive.Draw d -> d.spec().shape().size();
            default -> 0;
        };
    }

    /** 5 N log2 N, the usual count of a complex transform. */
    private static long fft(long points, int n) {
        return Math.round(5.0 * points * Math.log(Math.max(n, 2)) / Math.log(2));
    }

    private static long kernel(Primitive.PoolGeometry g) {
        long k = 1;
        for (int s : g.kernel()) {
            k *= s;
        }
        return k;
    }
}
