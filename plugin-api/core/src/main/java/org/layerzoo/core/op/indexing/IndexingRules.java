package org.layerzoo.core.op.indexing;

import java.util.List;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.op.Rules;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.TensorSpec;

/** Result types of the indexing ops. */
public final class IndexingRules {
    private IndexingRules() {}

    public static List<TensorSpec> infer(Primitive.Indexing op, List<TensorSpec> in) {
        return switch (op) {
            case Primitive.IndexSelect s -> indexSelect(s, in);
            case Primitive.Gather g -> gather(g, in);
            case Primitive.ScatterAdd s -> scatter(s, s.axis(), in);
            case Primitive.ScatterSet s -> scatter(s, s.axis(), in);
            case Primitive.OneHot o -> oneHot(o, in);
            case Primitive.TopK t -> topK(t, in);
            case Primitive.ArgSort a -> {
                Rules.inputs(a, in, 1);
                yield List.of(new TensorSpec(DType.I64, ordered(a, a.axis(), in.getFirst())));
            }
            case Primitive.SearchSorted s -> searchSorted(s, in);
            case Primitive.Bincount b -> bincount(b, in);
        };
    }

    private static List<TensorSpec> indexSelect(Primitive.IndexSelect op, List<TensorSpec> in) {
        Rules.inputs(op, in, 2);
        TensorSpec x = in.get(0);
        TensorSpec index = in.get(1);
        axis(op, op.axis(), x);
        Rules.dtype(op, "index", index, DType.I64);
        Rules.rank(op, "index", index, 1);
        return List.of(x.withShape(x.shape().with(op.axis(), index.shape().dim(0))));
    }

    private static List<TensorSpec> gather(Primitive.Gather op, List<TensorSpec> in) {
        Rules.inputs(op, in, 2);
        indexFits(op, op.axis(), "x", in.get(0), in.get(1));
        return List.of(in.get(0).withShape(in.get(1).shape()));
    }

    private static List<TensorSpec> scatter(Primitive.Indexing op, int axis, List<TensorSpec> in) {
        Rules.inputs(op, in, 3);
        TensorSpec base = in.get(0);
        TensorSpec index = in.get(1);
        TensorSpec src = in.get(2);
        indexFits(op, axis, "base", base, index);
        Rules.sameDType(op, base, src);
        Rules.require(
                op,
                src.shape().equals(index.shape()),
                "src of the index's shape " + index.shape() + " expected, given " + src.shape());
        if (op instanceof Primitive.ScatterAdd) {
            Rules.require(op, base.dtype() != DType.BOOL, "base of numbers expected, given " + base);
        }
        return List.of(base);
    }

    private static void indexFits(Primitive.Indexing op, int axis, String name, TensorSpec x, TensorSpec index) {
        axis(op, axis, x);
        Rules.dtype(op, "index", index, DType.I64);
        Rules.rank(op, "index", index, x.shape().rank());
        for (int a = 0; a < x.shape().rank(); a++) {
            Rules.require(
                    op,
                    a == axis || index.shape().dim(a) <= x.shape().dim(a),
                    "index " + index.shape() + " is longer than " + name + " " + x.shape() + " on axis " + a);
        }
    }

    private static List<TensorSpec> oneHot(Primitive.OneHot op, List<TensorSpec> in) {
        Rules.inputs(op, in, 1);
        Rules.dtype(op, "index", in.getFirst(), DType.I64);
        Rules.require(op, op.depth() >= 0, "depth of at least 0 expected, given " + op.depth());
        return List.of(new TensorSpec(op.dtype(), in.getFirst().shape().append(op.depth())));
    }

    private static List<TensorSpec> topK(Primitive.TopK op, List<TensorSpec> in) {
        Rules.inputs(op, in, 1);
        TensorSpec x = in.getFirst();
        int n = ordered(op, op.axis(), x).dim(op.axis());
        Rules.require(
                op,
                op.k() >= 0 && op.k() <= n,
                "k of 0.." + n + " (size of axis " + op.axis() + " of " + x + ") expected, given " + op.k());
        Shape s = x.shape().with(op.axis(), op.k());
        return List.of(x.withShape(s), new TensorSpec(DType.I64, s));
    }

    private static Shape ordered(Primitive.Indexing op, int axis, TensorSpec x) {
        axis(op, axis, x);
        Rules.require(op, x.dtype() != DType.BOOL, "x of numbers expected, given " + x);
        return x.shape();
    }

    private static List<TensorSpec> searchSorted(Primitive.SearchSorted op, List<TensorSpec> in) {
        Rules.inputs(op, in, 2);
        Rules.rank(op, "sorted", in.get(0), 1);
        Rules.sameDType(op, in.get(0), in.get(1));
        Rules.require(op, in.get(0).dtype() != DType.BOOL, "sorted of numbers expected, given " + in.get(0));
        return List.of(new TensorSpec(DType.I64, in.get(1).shape()));
    }

    private static List<TensorSpec> bincount(Primitive.Bincount op, List<TensorSpec> in) {
        Rules.inputs(op, in, 1);
        Rules.dtype(op, "ids", in.getFirst(), DType.I64);
        Rules.rank(op, "ids", in.getFirst(), 1);
        Rules.require(op, op.bins() >= 0, "bins of at least 0 expected, given " + op.bins());
        return List.of(TensorSpec.of(DType.I64, op.bins()));
    }

    private static void axis(Primitive.Indexing op, int axis, TensorSpec x) {
        Rules.require(
                op,
                axis >= 0 && axis < x.shape().rank(),
                "axis of 0.." + (x.shape().rank() - 1) + " expected for x " + x + ", given " + axis);
    }
}
