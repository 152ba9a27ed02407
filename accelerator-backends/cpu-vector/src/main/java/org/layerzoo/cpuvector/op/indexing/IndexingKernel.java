package org.layerzoo.cpuvector.op.indexing;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Optional;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Elements;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.cpuvector.AxisLines;
import org.layerzoo.cpuvector.Kernel;

/** Ops on indices: movement of any dtype, sums of F32 and I64, orders of F32. */
public final class IndexingKernel implements Kernel<Primitive.Indexing> {
    @Override
    public Optional<String> refusal(Primitive.Indexing op, List<TensorSpec> in) {
        DType t = in.getFirst().dtype();
        boolean runs =
                switch (op) {
                    case Primitive.ScatterAdd s -> t == DType.F32 || t == DType.I64;
                    case Primitive.SearchSorted s -> t == DType.F32 || t == DType.I64;
                    case Primitive.TopK k -> t == DType.F32;
                    case Primitive.ArgSort a -> t == DType.F32;
                    default -> true;
                };
        return runs ? Optional.empty() : Optional.of("no loop for " + op.name() + " of " + t);
    }

    @Override
    public String kind(Primitive.Indexing op, List<TensorSpec> in) {
        TensorSpec x = in.getFirst();
        boolean vector =
                switch (op) {
                    case Primitive.IndexSelect s -> true;
                    case Primitive.Gather g ->
                        GatherKernel.fast(
                                x.dtype().bytes(),
                                AxisLines.of(x.shape(), g.axis()),
                                AxisLines.of(in.get(1).shape(), g.axis()));
                    case Primitive.TopK k -> OrderKernel.vector(k, x.shape().dim(k.axis()));
                    default -> false;
                };
        return vector ? "vector" : "scalar";
    }

    @Override
    public List<Tensor> run(Primitive.Indexing op, List<Tensor> in) {
        Tensor x = in.getFirst();
        return switch (op) {
            case Primitive.IndexSelect s ->
                List.of(AxisTake.run(x, s.axis(), Targets.checked(s, in.get(1), x.dim(s.axis()))));
            case Primitive.Gather g -> List.of(GatherKernel.run(g, x, in.get(1)));
            case Primitive.ScatterAdd s -> List.of(ScatterKernel.add(s, x, in.get(1), in.get(2)));
            case Primitive.ScatterSet s -> List.of(ScatterKernel.set(s, x, in.get(1), in.get(2)));
            case Primitive.OneHot o -> List.of(oneHot(o, x));
            case Primitive.TopK t -> OrderKernel.topK(t, x);
            case Primitive.ArgSort a -> List.of(OrderKernel.argSort(a, x));
            case Primitive.SearchSorted s -> List.of(OrderKernel.search(s, x, in.get(1)));
            case Primitive.Bincount b -> List.of(bincount(b, x));
        };
    }

    private static Tensor oneHot(Primitive.OneHot op, Tensor index) {
        int[] at = Targets.checked(op, index, op.depth());
        Tensor out = Tensor.zeros(new TensorSpec(op.dtype(), index.shape().append(op.depth())));
        MemorySegment to = out.segment();
        for (int i = 0; i < at.length; i++) {
            Elements.set(to, op.dtype(), (long) i * op.depth() + at[i], 1);
        }
        return out;
    }

    private static Tensor bincount(Primitive.Bincount op, Tensor ids) {
        Tensor out = Tensor.zeros(DType.I64, op.bins());
        MemorySegment to = out.segment();
        for (int id : Targets.checked(op, ids, op.bins())) {
            long at = id * 8L;
            to.set(ValueLayout.JAVA_LONG_UNALIGNED, at, to.get(ValueLayout.JAVA_LONG_UNALIGNED, at) + 1);
        }
        return out;
    }
}
