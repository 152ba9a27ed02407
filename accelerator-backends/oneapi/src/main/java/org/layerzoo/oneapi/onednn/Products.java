package org.layerzoo.oneapi.onednn;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import org.layerzoo.core.op.Op;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.op.dense.Activation;
import org.layerzoo.core.op.dense.LinearMap;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.kernels.device.Native;

/**
 * Matrix products of F32, BF16 and F16, sums in F32; those of a layer with its bias and activation. BF16 runs on AMX where there is one.
 * A single matrix on the right that comes again is packed.
 */
final class Products {
    private final Dnnl d;
    private final PackedWeights weights;
    private final Recent<Question, Answer> answers;

    Products(Dnnl d, PackedWeights weights) {
        this.d = d;
        this.answers = new Recent<>(d);
        this.weights = weights;
    }

    /** A product by its operands: sizes, orders and types are all that matters. */
    private record Question(
            Shape a, Shape b, boolean transposeA, boolean transposeB, DType type, int bias, Activation then) {}

    /** How to compute it, or why it cannot be. */
    private sealed interface Answer {}

    private record Refused(String reason) implements Answer {}

    /** The product as it comes, and with the right matrix in the library's order where that is another. */
    private record Ready(Program plain, Optional<Packing> packing) implements Answer {}

    private record Packing(Program product, Program pack, ByteBuffer order, long bytes) {}

    Optional<String> refusal(Op op, List<TensorSpec> in) {
        return answer(op, in) instanceof Refused(String reason) ? Optional.of(reason) : Optional.empty();
    }

    List<Tensor> run(Op op, List<Tensor> in) {
        List<TensorSpec> specs = in.stream().map(Tensor::spec).toList();
        Ready ready = (Ready) answer(op, specs);
        Tensor out = Tensor.allocate(op.infer(specs).getFirst());
        MemorySegment[] data = new MemorySegment[in.size() + 1];
        data[0] = in.getFirst().segment();
        data[1] = in.get(1).segment();
        if (in.size() == 3) {
            data[2] = in.get(2).segment();
        }
        data[in.size()] = out.segment();
        if (ready.packing.isPresent() && weights.repeated(in.get(1))) {
            Packing p = ready.packing.get();
            data[1] = weights.get(
                    in.get(1), p.order, p.bytes, to -> p.pack.run(in.get(1).segment(), to));
            p.product.run(data);
        } else {
            ready.plain.run(data);
        }
        return List.of(out);
    }

    private Answer answer(Op op, List<TensorSpec> in) {
        Shape a = in.getFirst().shape();
        Shape b = in.get(1).shape();
        DType type = in.getFirst().dtype();
        Question q =
                switch (op) {
                    case LinearMap l ->
                        new Question(flat(a), b, false, true, type, l.bias() ? b.dim(0) : 0, l.activation());
                    case Primitive.MatMul m -> matMul(m, a, b, type);
                    default -> throw new IllegalArgumentException(op.name());
                };
        return answers.get(q, this::answer);
    }

    /** All rows of x in one matrix. */
    private static Shape flat(Shape x) {
        return Shape.of(Math.toIntExact(x.product(0, x.rank() - 1)), x.dim(-1));
    }

    private static Question matMul(Primitive.MatMul m, Shape a, Shape b, DType type) {
        boolean oneB = b.product(0, b.rank() - 2) == 1;
        boolean tall = oneB && !m.transposeA() && a.rank() >= b.rank();
        return new Question(
                tall ? flat(a) : a,
                tall ? b.sub(b.rank() - 2, b.rank()) : b,
                m.transposeA(),
                m.transposeB(),
                type,
                0,
                Activation.NONE);
    }

    private Answer answer(Question q) {
        if (Dnnl.type(q.type) == 0) {
            return new Refused("oneDNN multiplies no " + q.type);
        }
        if (q.a.size() == 0 || q.b.size() == 0) {
            return new Refused("a product without elements");
        }
        int rank = Math.max(q.a.rank(), q.b.rank());
        Layout a = oriented(q.type, q.a, q.transposeA).ranked(rank);
        Layout b = oriented(q.type, q.b, q.transposeB).ranked(rank);
        MemorySegment plainB = b.describe(d);
        Dnnl.Tried plain = plan(q, a, plainB, b);
        if (!plain.worked()) {
            return new Refused("oneDNN: " + Dnnl.name(plain.status()));
        }
        Program product = program(q, plain.handle());
        return new Ready(product, rank == 2 ? packing(q, a, b, plainB) : Optional.empty());
    }

    private static Layout oriented(DType type, Shape s, boolean transposed) {
        Layout l = Layout.of(type, s);
        return transposed ? l.transposed() : l;
    }

    private Optional<Packing> packing(Question q, Layout a, Layout b, MemorySegment plainB) {
        MemorySegment anyB = b.describeAny(d);
        Dnnl.Tried best = plan(q, a, anyB, b);
        Layout.forget(d, anyB);
        if (!best.worked()) {
            return Optional.empty();
        }
        MemorySegment chosen = d.chosen(best.handle(), Dnnl.QUERY_WEIGHTS);
        try {
            if ((int) d.equal.invokeExact(chosen, plainB) != 0) {
                return Optional.empty();
            }
            MemorySegment reorder = d.made("dnnl_reorder_primitive_desc_create", out ->
                    (int) d.plans.reorder.invokeExact(out, plainB, d.engine, chosen, d.engine, MemorySegment.NULL));
            Program pack = new Program(d, reorder, new int[] {Dnnl.SRC, Dnnl.DST}, plainB, chosen);
            Program product = program(q, best.handle());
            return Optional.of(new Packing(product, pack, weights.order(chosen), (long) d.sizeOf.invokeExact(chosen)));
        } catch (Throwable t) {
            throw Native.failed(t);
        }
    }

    private Program program(Question q, MemorySegment plan) {
        MemorySegment src = d.chosen(plan, Dnnl.QUERY_SRC);
        MemorySegment right = d.chosen(plan, Dnnl.QUERY_WEIGHTS);
        MemorySegment dst = d.chosen(plan, Dnnl.QUERY_DST);
        if (q.bias == 0) {
            return new Program(d, plan, new int[] {Dnnl.SRC, Dnnl.WEIGHTS, Dnnl.DST}, src, right, dst);
        }
        MemorySegment bias = Layout.dense(q.type, 1, q.bias).describe(d);
        return new Program(d, plan, new int[] {Dnnl.SRC, Dnnl.WEIGHTS, Dnnl.BIAS, Dnnl.DST}, src, right, bias, dst);
    }

    private Dnnl.Tried plan(Question q, Layout a, MemorySegment right, Layout b) {
        MemorySegment src = a.describe(d);
        MemorySegment dst = Layout.dense(q.type, result(a.sizes(), b.sizes())).describe(d);
        MemorySegment bias = q.bias == 0
                ? MemorySegment.NULL
                : Layout.dense(q.type, 1, q.bias).describe(d);
        MemorySegment then = attributes(q.then);
        try {
            return d.tried(out -> (int) d.plans.matMul.invokeExact(out, d.engine, src, right, bias, dst, then));
        } finally {
            Layout.forget(d, src);
            Layout.forget(d, dst);
            if (q.bias != 0) {
                Layout.forget(d, bias);
            }
            forget(then);
        }
    }

    private static long[] result(long[] a, long[] b) {
        long[] out = new long[a.length];
        for (int i = 0; i < out.length - 2; i++) {
            out[i] = Math.max(a[i], b[i]);
        }
        out[out.length - 2] = a[out.length - 2];
        out[out.length - 1] = b[out.length - 1];
        return out;
    }

    /** What happens to each element of the result before it is stored. */
    private MemorySegment attributes(Activation then) {
        if (then == Activation.NONE) {
            return MemorySegment.NULL;
        }
        MemorySegment posts = d.made("dnnl_post_ops_create", out -> (int) d.plans.createPostOps.invokeExact(out));
        MemorySegment all =
                d.made("dnnl_primitive_attr_create", out -> (int) d.plans.createAttributes.invokeExact(out));
        try {
            // SILU is x * sigmoid(alpha x) with alpha 1; the others have no alpha or one of 0 (RELU's slope).
            float alpha = then == Activation.SILU ? 1 : 0;
            Dnnl.check(
                    (int) d.plans.appendEltwise.invokeExact(posts, number(then), alpha, 0f),
                    "dnnl_post_ops_append_eltwise");
            Dnnl.check((int) d.plans.setPostOps.invokeExact(all, posts), "dnnl_primitive_attr_set_post_ops");
            Dnnl.check((int) d.plans.destroyPostOps.invokeExact(posts), "dnnl_post_ops_destroy");
            return all;
        } catch (Throwable t) {
            throw Native.failed(t);
        }
    }

    private void forget(MemorySegment attributes) {
        if (attributes.address() == 0) {
            return;
        }
        try {
            Dnnl.check((int) d.plans.destroyAttributes.invokeExact(attributes), "dnnl_primitive_attr_destroy");
        } catch (Throwable t) {
            throw Native.failed(t);
        }
    }

    private static int number(Activation a) {
        return switch (a) {
            case NONE -> throw new IllegalArgumentException("no activation");
            case RELU -> 32;
            case TANH -> 33;
            case SIGMOID -> 41;
            case GELU_TANH -> 43;
            case SILU -> 44;
            case GELU -> 49;
        };
    }

    /** How the library computes a product, e.g. "brg_matmul:avx10_1_512_amx". */
    String implementation(Op op, List<TensorSpec> in) {
        return switch (answer(op, in)) {
            case Ready(Program plain, var packing) ->
                d.implementation(packing.map(Packing::product).orElse(plain).plan());
            case Refused(String reason) -> reason;
        };
    }
}
