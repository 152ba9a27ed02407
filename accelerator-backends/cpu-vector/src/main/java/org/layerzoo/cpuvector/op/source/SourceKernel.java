package org.layerzoo.cpuvector.op.source;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.op.Primitive.Distribution;
import org.layerzoo.core.op.source.Philox;
import org.layerzoo.core.op.source.SourceReference;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Elements;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.cpuvector.Floats;
import org.layerzoo.cpuvector.Kernel;
import org.layerzoo.cpuvector.Workers;

/** Constants and draws in parallel pieces; draws are the reference's bits, as an element depends on its number only. */
public final class SourceKernel implements Kernel<Primitive.Source> {
    /** Elements of a task: whole blocks of Philox and whole pairs. */
    private static final int PIECE = 8192;

    private static final int DRAW_COST = 16;

    @Override
    public Optional<String> refusal(Primitive.Source op, List<TensorSpec> in) {
        return op instanceof Primitive.Iota i && i.dtype() != DType.F32 && i.dtype() != DType.I64
                ? Optional.of("no loop for iota of " + i.dtype())
                : Optional.empty();
    }

    /** A fill is block copies; the others are plain loops. */
    @Override
    public String kind(Primitive.Source op, List<TensorSpec> in) {
        return op instanceof Primitive.Fill ? "vector" : "scalar";
    }

    @Override
    public List<Tensor> run(Primitive.Source op, List<Tensor> in) {
        Tensor out = Tensor.allocate(op.infer(List.of()).getFirst());
        switch (op) {
            case Primitive.Fill f -> fill(f.value(), out);
            case Primitive.Iota i -> iota(i, out);
            case Primitive.Draw d
            when d.distribution() == Distribution.UNIFORM && out.dtype() == DType.F32 -> uniforms(d, out);
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
                    s.set(
                            java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED,
                            i * 8,
                            (long) op.start() + i * (long) op.step());
                } else {
                    Floats.set(s, i, (float) (op.start() + i * op.step()));
                }
            }
        });
    }

    private static void uniforms(Primitive.Draw op, Tensor out) {
        MemorySegment s = out.segment();
        Workers.pieces(out.size(), PIECE, DRAW_COST, (from, end) -> {
            int[] words = new int[4];
            for (long i = from; i < end; i += 4) {
                Philox.block(op.seed(), op.stream(), i / 4, words);
                for (int w = 0; w < Math.min(4, end - i); w++) {
                    Floats.set(s, i + w, (words[w] >>> 8) * 0x1p-24f);
                }
            }
        });
    }

    private static void draw(Primitive.Draw op, Tensor out) {
        MemorySegment s = out.segment();
        DType t = out.dtype();
        Workers.pieces(out.size(), PIECE, 4 * DRAW_COST, (from, end) -> {
            double[] v = new double[(int) (end - from)];
            SourceReference.elements(op, from, v);
            for (int i = 0; i < v.length; i++) {
                Elements.set(s, t, from + i, v[i]);
            }
        });
    }
}
