package org.layerzoo.cuda.blas;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.op.dense.Activation;
import org.layerzoo.core.op.dense.LinearMap;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.TensorSpec;

/**
 * C = activation(op(A) op(B) + bias) for a batch of row-major matrices.
 *
 * @param transposeA whether A is stored [k, m]; B: [n, k]
 * @param batchesA 1 where all products share A; else as many as {@code batches}
 */
record Product(
        DType dtype,
        Size size,
        boolean transposeA,
        boolean transposeB,
        int batches,
        boolean sharedA,
        boolean sharedB,
        Epilogue epilogue) {
    /** C is m x n, sums have k terms. */
    record Size(long m, long n, long k) {}

    /** What the library does to the sums before it stores them, by its own number. */
    enum Epilogue {
        NONE(1),
        BIAS(4),
        RELU(2),
        RELU_BIAS(6),
        GELU_TANH(32),
        GELU_TANH_BIAS(36);

        final int code;

        Epilogue(int code) {
            this.code = code;
        }
    }

    /** Empty for batches that broadcast in part, and for products without a term or a result. */
    static Optional<Product> of(Primitive.MatMul op, List<TensorSpec> in) {
        Shape a = in.get(0).shape();
        Shape b = in.get(1).shape();
        Shape c = op.infer(in).getFirst().shape();
        long batches = c.product(0, c.rank() - 2);
        long m = c.dim(-2);
        long k = a.dim(op.transposeA() ? -2 : -1);
        boolean sharedA = a.product(0, a.rank() - 2) == 1;
        boolean sharedB = b.product(0, b.rank() - 2) == 1;
        boolean wholeA = a.product(0, a.rank() - 2) == batches;
        boolean wholeB = b.product(0, b.rank() - 2) == batches;
        if (!sharedA && !wholeA || !sharedB && !wholeB) {
            return Optional.empty();
        }
        if (sharedB && wholeA && !op.transposeA()) {
            // Rows of all matrices of A, one below another, are one matrix.
            m *= batches;
            batches = 1;
        }
        return of(
                in.getFirst().dtype(),
                new Size(m, c.dim(-1), k),
                op.transposeA(),
                op.transposeB(),
                batches,
                sharedA,
                sharedB,
                Epilogue.NONE);
    }

    /** Empty for activations that the library does not know or computes too roughly. */
    static Optional<Product> of(LinearMap op, List<TensorSpec> in) {
        Shape x = in.get(0).shape();
        Shape w = in.get(1).shape();
        return epilogue(op, in.getFirst().dtype())
                .flatMap(e -> of(
                        in.getFirst().dtype(),
                        new Size(x.product(0, x.rank() - 1), w.dim(0), w.dim(1)),
                        false,
                        true,
                        1,
                        true,
                        true,
                        e));
    }

    private static Optional<Epilogue> epilogue(LinearMap op, DType dtype) {
        boolean half = dtype == DType.BF16 || dtype == DType.F16;
        return Optional.ofNullable(
                switch (op.activation()) {
                    case NONE -> op.bias() ? Epilogue.BIAS : Epilogue.NONE;
                    case RELU -> op.bias() ? Epilogue.RELU_BIAS : Epilogue.RELU;
                    // Its tanh is the hardware's rough one.
                    case GELU_TANH -> !half ? null : op.bias() ? Epilogue.GELU_TANH_BIAS : Epilogue.GELU_TANH;
                    default -> null;
                });
    }

    private static Optional<Product> of(
            DType dtype,
            Size s,
            boolean transposeA,
            boolean transposeB,
            long batches,
            boolean sharedA,
            boolean sharedB,
            Epilogue epilogue) {
        boolean some = s.m > 0 && s.n > 0 && s.k > 0 && batches > 0;
        boolean bounded = s.m <= Integer.MAX_VALUE && batches <= Integer.MAX_VALUE;
        // Epilogues of F64 exist for none but the plain product.
        boolean known = dtype.isFloating() && (dtype != DType.F64 || epilogue == Epilogue.NONE);
        return some && bounded && known
                ? Optional.of(new Product(dtype, s, transposeA, transposeB, (int) batches, sharedA, sharedB, epilogue))
                : Optional.empty();
    }

    /** Whether the product's epilogue is this activation, with a bias or without. */
    boolean applies(Activation a) {
        return switch (epilogue) {
            case NONE, BIAS -> a == Activation.NONE;
            case RELU, RELU_BIAS -> a == Activation.RELU;
            case GELU_TANH, GELU_TANH_BIAS -> a == Activation.GELU_TANH;
        };
    }

    boolean biased() {
        return epilogue == Epilogue.BIAS || epilogue == Epilogue.RELU_BIAS || epilogue == Epilogue.GELU_TANH_BIAS;
    }

    /** {@code cudaDataType}. */
    int type() {
        return switch (dtype) {
            case F32 -> 0;
            case F64 -> 1;
            case F16 -> 2;
            case BF16 -> 14;
            default -> throw new IllegalStateException("no products of " + dtype);
        };
    }

    /** {@code cublasComputeType_t}: sums in F32 or F64; TF32 would be 77, which nobody gets unasked. */
    int arithmetic() {
        return dtype == DType.F64 ? 70 : 68;
    }

    /** {@code cudaDataType} of alpha and beta. */
    int scale() {
        return dtype == DType.F64 ? 1 : 0;
    }
}
