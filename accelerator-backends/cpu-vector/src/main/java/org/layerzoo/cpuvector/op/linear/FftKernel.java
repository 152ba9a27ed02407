package org.layerzoo.cpuvector.op.linear;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.cpuvector.Floats;
import org.layerzoo.cpuvector.Kernel;
import org.layerzoo.cpuvector.Width;
import org.layerzoo.cpuvector.Workers;

/** Discrete Fourier transforms of F32, complex and real, of any length along any axis, a vector of lines at a time. */
public final class FftKernel implements Kernel<Primitive.Linear> {
    private static final int L = Width.LANES;

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
            case Primitive.Fft f -> complex(f, x, out, s.product(f.axis() + 1, s.rank() - 1));
            case Primitive.Rfft f -> forward(f.axis(), x, out, s.product(f.axis() + 1, s.rank()));
            case Primitive.Irfft f -> inverse(f, x, out, s.product(f.axis() + 1, s.rank() - 1));
            default -> throw new IllegalArgumentException("no transform: " + op.name());
        }
        return List.of(out);
    }

    /** Works on up to L lines from {@code first} on. */
    @FunctionalInterface
    private interface Group {
        void run(long first, int lines);
    }

    private static void groups(long lines, int n, Group body) {
        Workers.pieces(lines, L, 20L * n, (a, b) -> body.run(a, (int) (b - a)));
    }

    /** Flat index of element 0 of a line in an array [.., size, inner]. */
    private static long origin(long line, int size, long inner) {
        return line / inner * size * inner + line % inner;
    }

    private static void complex(Primitive.Fft op, Tensor x, Tensor out, long inner) {
        int n = x.dim(op.axis());
        MemorySegment from = x.segment();
        MemorySegment to = out.segment();
        groups(x.size() / 2 / n, n, (first, lines) -> {
            LineFft.Lines v = LineFft.Lines.of(n);
            for (int l = 0; l < lines; l++) {
                long at = origin(first + l, n, inner);
                for (int j = 0; j < n; j++) {
                    v.re()[j * L + l] = Floats.get(from, 2 * (at + j * inner));
                    v.im()[j * L + l] = Floats.get(from, 2 * (at + j * inner) + 1);
                }
            }
            LineFft.Lines y = transform(v, n, op.inverse());
            for (int l = 0; l < lines; l++) {
                storeComplex(y, l, n, to, origin(first + l, n, inner), inner);
            }
        });
    }

    private static LineFft.Lines transform(LineFft.Lines v, int n, boolean inverse) {
        LineFft fft = LineFft.of(n);
        LineFft.Lines work = LineFft.Lines.of(n);
        return inverse ? fft.run(v.swapped(), work).swapped() : fft.run(v, work);
    }

    private static void storeComplex(LineFft.Lines y, int l, int n, MemorySegment to, long at, long inner) {
        for (int k = 0; k < n; k++) {
            Floats.set(to, 2 * (at + k * inner), y.re()[k * L + l]);
            Floats.set(to, 2 * (at + k * inner) + 1, y.im()[k * L + l]);
        }
    }

    private static void forward(int axis, Tensor x, Tensor out, long inner) {
        int n = x.dim(axis);
        int bins = n / 2 + 1;
        MemorySegment from = x.segment();
        MemorySegment to = out.segment();
        groups(x.size() / n, n, (first, lines) -> {
            LineFft.Lines v = LineFft.Lines.of(n);
            for (int l = 0; l < lines; l++) {
                long at = origin(first + l, n, inner);
                for (int j = 0; j < n; j++) {
                    v.re()[j * L + l] = Floats.get(from, at + j * inner);
                }
            }
            LineFft.Lines y = transform(v, n, false);
            Arrays.fill(y.im(), 0, L, 0f);
            if (n % 2 == 0) {
                Arrays.fill(y.im(), n / 2 * L, (n / 2 + 1) * L, 0f);
            }
            for (int l = 0; l < lines; l++) {
                storeComplex(y, l, bins, to, origin(first + l, bins, inner), inner);
            }
        });
    }

    private static void inverse(Primitive.Irfft op, Tensor x, Tensor out, long inner) {
        int n = op.n();
        int bins = n / 2 + 1;
        MemorySegment from = x.segment();
        MemorySegment to = out.segment();
        groups(out.size() / n, n, (first, lines) -> {
            LineFft.Lines v = LineFft.Lines.of(n);
            for (int l = 0; l < lines; l++) {
                long at = origin(first + l, bins, inner);
                for (int k = 0; k < bins; k++) {
                    boolean own = k == 0 || 2 * k == n;
                    float re = Floats.get(from, 2 * (at + k * inner));
                    float im = own ? 0 : Floats.get(from, 2 * (at + k * inner) + 1);
                    v.re()[k * L + l] = re;
                    v.im()[k * L + l] = im;
                    if (!own) {
                        v.re()[(n - k) * L + l] = re;
                        v.im()[(n - k) * L + l] = -im;
                    }
                }
            }
            LineFft.Lines y = transform(v, n, true);
            for (int l = 0; l < lines; l++) {
                long at = origin(first + l, n, inner);
                for (int j = 0; j < n; j++) {
                    Floats.set(to, at + j * inner, y.re()[j * L + l]);
                }
            }
        });
    }
}
