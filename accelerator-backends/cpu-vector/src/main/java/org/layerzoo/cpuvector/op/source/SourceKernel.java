package org.layerzoo.cpuvector.op.source;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Optional;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorOperators;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.op.Primitive.Distribution;
import org.layerzoo.core.op.source.SourceReference;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Elements;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.cpuvector.Floats;
import org.layerzoo.cpuvector.Kernel;
import org.layerzoo.cpuvector.Loan;
import org.layerzoo.cpuvector.Workers;
import org.layerzoo.cpuvector.op.elementwise.CastLoops;

/** Constants and draws in parallel pieces; draws are the reference's bits, as an element depends on its number only. */
public final class SourceKernel implements Kernel<Primitive.Source> {
    /** Elements of a task: whole blocks of Philox and whole pairs. */
    private static final int PIECE = 8192;

    private static final int DRAW_COST = 4;
    /** Pairs of words that are made at once. */
    private static final int ROUND = 2 * PhiloxWords.LANES;
    /** 16 times what the sums of series are off. */
    private static final double NEAR = 0x1p-44;

    @Override
    public Optional<String> refusal(Primitive.Source op, List<TensorSpec> in) {
        return op instanceof Primitive.Iota i && i.dtype() != DType.F32 && i.dtype() != DType.I64
                ? Optional.of("no loop for iota of " + i.dtype())
                : Optional.empty();
    }

    /** A fill is block copies; draws of F64 and iota are plain loops. */
    @Override
    public String kind(Primitive.Source op, List<TensorSpec> in) {
        boolean vector = op instanceof Primitive.Fill
                || op instanceof Primitive.Draw d && d.spec().dtype() != DType.F64;
        return vector ? "vector" : "scalar";
    }

    @Override
    public List<Tensor> run(Primitive.Source op, List<Tensor> in) {
        Tensor out = Tensor.allocate(op.infer(List.of()).getFirst());
        switch (op) {
            case Primitive.Fill f -> fill(f.value(), out);
            case Primitive.Iota i -> iota(i, out);
            case Primitive.Draw d when out.dtype() != DType.F64 -> floats(d, out);
            case Primitive.Draw d -> draw(d, out);
        }
        return List.of(out);
    }

    private static void fill(double value, Tensor out) {
        MemorySegment s = out.segment();
        int bytes = out.dtype().bytes();
        // the first piece is the pattern of the others
        long first = Math.min(PIECE, out.size());
        for (long i = 0; i < first; i++) {
            Elements.set(s, out.dtype(), i, value);
        }
        Workers.pieces(
                out.size() - first,
                PIECE,
                1,
                (from, end) -> MemorySegment.copy(s, 0, s, (first + from) * bytes, (end - from) * bytes));
    }

    private static void iota(Primitive.Iota op, Tensor out) {
        MemorySegment s = out.segment();
        boolean whole = op.dtype() == DType.I64;
        Workers.pieces(op.n(), PIECE, 1, (from, end) -> {
            for (long i = from; i < end; i++) {
                if (whole) {
                    s.set(ValueLayout.JAVA_LONG_UNALIGNED, i * 8, (long) op.start() + i * (long) op.step());
                } else {
                    Floats.set(s, i, (float) (op.start() + i * op.step()));
                }
            }
        });
    }

    /** F32, or what it is rounded to. */
    private static void floats(Primitive.Draw op, Tensor out) {
        MemorySegment s = out.segment();
        DType t = out.dtype();
        boolean normal = op.distribution() == Distribution.NORMAL;
        Workers.pieces(out.size(), PIECE, normal ? 2 * DRAW_COST : DRAW_COST, (from, end) -> {
            int n = (int) (end - from);
            int pairs = (n / 2 / ROUND + 1) * ROUND;
            try (Loan loan = Loan.open()) {
                long[] words = loan.longs(pairs);
                PhiloxWords.fill(op.seed(), op.stream(), from / 4, words, pairs);
                float[] y = loan.floats(2 * pairs);
                if (normal) {
                    normals(op, from, words, pairs, loan, y);
                } else {
                    uniforms(words, t, pairs, y);
                }
                if (t == DType.F32) {
                    Floats.store(y, 0, s, from, n);
                } else {
                    short[] halves = loan.shorts(2 * pairs);
                    CastLoops.fromFloats(y, t, halves, n);
                    MemorySegment.copy(halves, 0, s, ValueLayout.JAVA_SHORT_UNALIGNED, from * 2, n);
                }
            }
        });
    }

    private static void uniforms(long[] words, DType t, int pairs, float[] y) {
        int drop = t == DType.F32 ? 8 : t == DType.BF16 ? 24 : 21;
        float unit = (float) Math.scalb(1.0, drop - 32);
        for (int i = 0; i < pairs; i += PhiloxWords.LANES) {
            FloatVector v = (FloatVector) LongVector.fromArray(PhiloxWords.S, words, i)
                    .reinterpretAsInts()
                    .lanewise(VectorOperators.LSHR, drop)
                    .convert(VectorOperators.I2F, 0);
            v.mul(unit).intoArray(y, 2 * i);
        }
    }

    private static void normals(Primitive.Draw op, long from, long[] words, int pairs, Loan loan, float[] y) {
        double[] r = loan.doubles(pairs);
        double[] cos = loan.doubles(pairs);
        double[] sin = loan.doubles(pairs);
        Normals.radii(words, r, pairs);
        Normals.turns(words, cos, sin, pairs);
        double[] pair = new double[2];
        for (int i = 0; i < pairs; i++) {
            double a = r[i] * cos[i];
            double b = r[i] * sin[i];
            y[2 * i] = (float) a;
            y[2 * i + 1] = (float) b;
            if (doubtful(a) || doubtful(b)) {
                SourceReference.elements(op, from + 2L * i, pair);
                y[2 * i] = (float) pair[0];
                y[2 * i + 1] = (float) pair[1];
            }
        }
    }

    /** Whether a number this near may be rounded to another float. */
    private static boolean doubtful(double v) {
        return (float) (v * (1 - NEAR)) != (float) (v * (1 + NEAR)) || v == 0;
    }

    private static void draw(Primitive.Draw op, Tensor out) {
        MemorySegment s = out.segment();
        DType t = out.dtype();
        Workers.pieces(out.size(), PIECE, 16 * DRAW_COST, (from, end) -> {
            double[] v = new double[(int) (end - from)];
            SourceReference.elements(op, from, v);
            for (int i = 0; i < v.length; i++) {
                Elements.set(s, t, from + i, v[i]);
            }
        });
    }
}
