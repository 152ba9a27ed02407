package org.layerzoo.cpuvector.op.linear;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.cpuvector.Kernel;
import org.layerzoo.cpuvector.Workers;

/**
 * Matrix products of F32, BF16, F16 and F64, batched and broadcast; one weight matrix under many batches becomes one tall product.
 */
public final class MatMulKernel implements Kernel<Primitive.MatMul> {
    @Override
    public Optional<String> refusal(Primitive.MatMul op, List<TensorSpec> in) {
        DType t = in.getFirst().dtype();
        return t.isFloating() ? Optional.empty() : Optional.of("no product of " + t);
    }

    @Override
    public List<Tensor> run(Primitive.MatMul op, List<Tensor> in) {
        Tensor a = in.getFirst();
        Tensor b = in.get(1);
        Tensor out = Tensor.allocate(op.infer(List.of(a.spec(), b.spec())).getFirst());
        if (out.size() > 0) {
            new Call(op, a, b, out).run();
        }
        return List.of(out);
    }

    private record Call(Primitive.MatMul op, Tensor a, Tensor b, Tensor out) {
        void run() {
            int m = out.dim(-2);
            int n = out.dim(-1);
            int k = a.dim(op.transposeA() ? -2 : -1);
            Shape batch = out.shape().sub(0, out.rank() - 2);
            int items = Math.toIntExact(batch.size());
            boolean oneB = b.shape().product(0, b.rank() - 2) == 1;
            boolean allA = a.shape().product(0, a.rank() - 2) == items;
            if (k == 0) {
                out.segment().fill((byte) 0);
            } else if (oneB && allA && !op.transposeA()) {
                item(0, 0, 0, items * m, k, n);
            } else {
                long[] as = offsets(a.shape(), batch);
                long[] bs = offsets(b.shape(), batch);
                boolean wide = items >= 4 || m <= 48;
                Workers.run(wide ? items : 1, 2L * items * m * k * n, t -> {
                    for (int i = wide ? t : 0; i < (wide ? t + 1 : items); i++) {
                        item(as[i], bs[i], (long) i * m * n, m, k, n);
                    }
                });
            }
        }

        private void item(long aAt, long bAt, long cAt, int m, int k, int n) {
            Gemm.Matrix x = Gemm.Matrix.of(a, aAt, op.transposeA() ? m : k, op.transposeA());
            Gemm.Matrix y = Gemm.Matrix.of(b, bAt, op.transposeB() ? k : n, op.transposeB());
            if (out.dtype() == DType.F64) {
                DoubleProduct.run(x, y, m, k, n, out.segment(), cAt);
                return;
            }
            Gemm.product(x, y, m, k, n, Gemm.into(out, cAt, n));
        }
    }

    /** Where each batch item of an operand begins. */
    private static long[] offsets(Shape s, Shape batch) {
        int lead = batch.rank() - (s.rank() - 2);
        long[] strides = s.strides();
        long[] out = new long[Math.toIntExact(batch.size())];
        for (int i = 0; i < out.length; i++) {
            long rest = i;
            for (int d = batch.rank() - 1; d >= lead; d--) {
                long at = rest % batch.dim(d);
                rest /= batch.dim(d);
                out[i] += s.dim(d - lead) == 1 ? 0 : at * strides[d - lead];
            }
        }
        return out;
    }
}
