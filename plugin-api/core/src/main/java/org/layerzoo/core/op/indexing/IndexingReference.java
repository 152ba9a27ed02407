package org.layerzoo.core.op.indexing;

import java.lang.foreign.MemorySegment;
import java.util.List;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.op.Broadcast;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;

/** The meaning of the indexing ops. Elements that only move keep their bits. */
public final class IndexingReference {
    private IndexingReference() {}

    public static List<Tensor> run(Primitive.Indexing op, List<Tensor> in) {
        return switch (op) {
            case Primitive.IndexSelect s -> List.of(indexSelect(s, in.get(0), in.get(1)));
            case Primitive.Gather g -> List.of(gather(g, in.get(0), in.get(1)));
            case Primitive.ScatterAdd s -> List.of(scatterAdd(s, in.get(0), in.get(1), in.get(2)));
            case Primitive.ScatterSet s -> List.of(scatterSet(s, in.get(0), in.get(1), in.get(2)));
            case Primitive.OneHot o -> List.of(oneHot(o, in.getFirst()));
            case Primitive.TopK t -> SortReference.topK(t, in.getFirst());
            case Primitive.ArgSort a -> List.of(SortReference.argSort(a, in.getFirst()));
            case Primitive.SearchSorted s -> List.of(SortReference.searchSorted(s, in.get(0), in.get(1)));
            case Primitive.Bincount b -> List.of(bincount(b, in.getFirst()));
        };
    }

    private static Tensor indexSelect(Primitive.IndexSelect op, Tensor x, Tensor index) {
        int n = x.dim(op.axis());
        long[] at = index.toLongs();
        Tensor out = Tensor.allocate(x.spec().withShape(x.shape().with(op.axis(), at.length)));
        long outer = x.shape().product(0, op.axis());
        long row = x.shape().product(op.axis() + 1, x.rank()) * x.dtype().bytes();
        MemorySegment from = x.segment();
        MemorySegment to = out.segment();
        for (long o = 0; o < outer; o++) {
            for (int i = 0; i < at.length; i++) {
                long source = inside(op, at[i], n);
                MemorySegment.copy(from, (o * n + source) * row, to, (o * at.length + i) * row, row);
            }
        }
        return out;
    }

    private static Tensor gather(Primitive.Gather op, Tensor x, Tensor index) {
        long[] at = targets(op, op.axis(), x.shape(), index);
        Tensor out = Tensor.allocate(x.spec().withShape(index.shape()));
        long bytes = x.dtype().bytes();
        MemorySegment from = x.segment();
        MemorySegment to = out.segment();
        for (int i = 0; i < at.length; i++) {
            MemorySegment.copy(from, at[i] * bytes, to, i * bytes, bytes);
        }
        return out;
    }

    private static Tensor scatterSet(Primitive.ScatterSet op, Tensor base, Tensor index, Tensor src) {
        long[] at = targets(op, op.axis(), base.shape(), index);
        Tensor out = Tensor.allocate(base.spec());
        long bytes = base.dtype().bytes();
        MemorySegment from = src.segment();
        MemorySegment to = out.segment();
        to.copyFrom(base.segment());
        for (int i = 0; i < at.length; i++) {
            MemorySegment.copy(from, i * bytes, to, at[i] * bytes, bytes);
        }
        return out;
    }

    private static Tensor scatterAdd(Primitive.ScatterAdd op, Tensor base, Tensor index, Tensor src) {
        long[] at = targets(op, op.axis(), base.shape(), index);
        if (base.dtype() == DType.I64) {
            long[] out = base.toLongs();
            long[] s = src.toLongs();
            for (int i = 0; i < at.length; i++) {
                out[(int) at[i]] += s[i];
            }
            return Tensor.of(out, base.shape().dims());
        }
        double[] out = base.toDoubles();
        double[] s = src.toDoubles();
        for (int i = 0; i < at.length; i++) {
            out[(int) at[i]] += s[i];
        }
        return Tensor.of(base.dtype(), out, base.shape().dims());
    }

    /** For each element of {@code index} the flat element of {@code x} that it names. */
    private static long[] targets(Primitive.Indexing op, int axis, Shape x, Tensor index) {
        long[] strides = x.strides();
        long step = strides[axis];
        strides[axis] = 0;
        int[] rest = Broadcast.walk(index.shape(), strides, 0);
        long[] at = index.toLongs();
        for (int i = 0; i < at.length; i++) {
            at[i] = rest[i] + inside(op, at[i], x.dim(axis)) * step;
        }
        return at;
    }

    private static Tensor oneHot(Primitive.OneHot op, Tensor index) {
        long[] at = index.toLongs();
        double[] out = new double[Math.multiplyExact(at.length, op.depth())];
        for (int i = 0; i < at.length; i++) {
            out[i * op.depth() + (int) inside(op, at[i], op.depth())] = 1;
        }
        return Tensor.of(op.dtype(), out, index.shape().append(op.depth()).dims());
    }

    private static Tensor bincount(Primitive.Bincount op, Tensor ids) {
        long[] out = new long[op.bins()];
        for (long id : ids.toLongs()) {
            out[(int) inside(op, id, op.bins())]++;
        }
        return Tensor.of(out, op.bins());
    }

    private static long inside(Primitive.Indexing op, long i, int n) {
        if (i < 0 || i >= n) {
            throw ZooException.badArgument(op.name() + ": an index of 0.." + (n - 1) + " expected, given " + i);
        }
        return i;
    }
}
