package org.layerzoo.cpuvector.op.linear;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.cpuvector.Kernel;

/** Discrete Fourier transforms of F32, complex and real, of any length along any axis. */
public final class FftKernel implements Kernel<Primitive.Linear> {
    @Override
    public Optional<String> refusal(Primitive.Linear op, List<TensorSpec> in) {
        return in.getFirst().dtype() == DType.F32
                ? Optional.empty()
                : Optional.of("no loop for " + in.getFirst().dtype());
    }

    @Override
    public List<Tensor> run(Primitive.Linear op, List<Tensor> in) {
        Tensor x = in.getFirst();
        Tensor out = Tensor.allocate(op.infer(List.of(x.spec())).getFirst());
        if (out.size() == 0) {
            return List.of(out);
        }
        Shape s = x.shape();
        switch (op) {
            case Primitive.Fft f when RowTransforms.fits(f, s) -> RowTransforms.complex(f, x, out);
            case Primitive.Rfft f when RowTransforms.fits(f, s) -> RowTransforms.forward(x, out);
            case Primitive.Irfft f when RowTransforms.fits(f, s) -> RowTransforms.inverse(f, x, out);
            case Primitive.Fft f -> {
                int n = s.dim(f.axis());
                LineTransforms.of(n, x.size() / 2 / n, s.product(f.axis() + 1, s.rank() - 1))
                        .complex(f.inverse(), x.segment(), out.segment());
            }
            case Primitive.Rfft f -> {
                int n = s.dim(f.axis());
                LineTransforms.of(n, x.size() / n, s.product(f.axis() + 1, s.rank()))
                        .forward(x.segment(), out.segment());
            }
            case Primitive.Irfft f ->
                LineTransforms.of(f.n(), out.size() / f.n(), s.product(f.axis() + 1, s.rank() - 1))
                        .inverse(x.segment(), out.segment());
            default -> throw new IllegalArgumentException("no transform: " + op.name());
        }
        return List.of(out);
    }
}
