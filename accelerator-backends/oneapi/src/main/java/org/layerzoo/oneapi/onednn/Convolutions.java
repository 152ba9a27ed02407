package org.layerzoo.oneapi.onednn;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.op.Primitive.ConvGeometry;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.kernels.device.Native;

/**
 * Convolutions, forward, of 1 to 3 axes and any groups. The library chooses the order of planes that it computes fastest in; images are
 * brought into it and back, weights once.
 */
final class Convolutions {
    private final Dnnl d;
    private final PackedWeights weights;
    private final Recent<Question, Answer> answers;

    Convolutions(Dnnl d, PackedWeights weights) {
        this.d = d;
        this.answers = new Recent<>(d);
        this.weights = weights;
    }

    private record Question(Shape x, Shape w, Shape y, DType type, List<Integer> geometry, int groups) {
        static Question of(Primitive.Conv op, List<TensorSpec> in) {
            ConvGeometry g = op.g();
            List<Integer> all = new java.util.ArrayList<>();
            for (int[] part : List.of(g.stride(), g.before(), g.after(), g.dilation())) {
                for (int v : part) {
                    all.add(v);
                }
            }
            return new Question(
                    in.getFirst().shape(),
                    in.get(1).shape(),
                    op.infer(in).getFirst().shape(),
                    in.getFirst().dtype(),
                    List.copyOf(all),
                    g.groups());
        }

        /** Stride 0, padding before 1 and after 2, dilation 3. */
        long[] part(int i) {
            int n = geometry.size() / 4;
            return geometry.subList(i * n, (i + 1) * n).stream()
                    .mapToLong(v -> i == 3 ? v - 1 : v)
                    .toArray();
        }

        Layout weights() {
            if (groups == 1) {
                return Layout.of(type, w);
            }
            long[] sizes = new long[w.rank() + 1];
            sizes[0] = groups;
            sizes[1] = w.dim(0) / groups;
            for (int i = 1; i < w.rank(); i++) {
                sizes[i + 1] = w.dim(i);
            }
            return Layout.dense(type, sizes);
        }
    }

    private sealed interface Answer {}

    private record Refused(String reason) implements Answer {}

    private record Ready(Program product, Optional<Turn> into, Optional<Turn> weights, Optional<Turn> back)
            implements Answer {}

    /** A change of order: to or from a block of {@code bytes}. */
    private record Turn(Program program, ByteBuffer order, long bytes) {
        MemorySegment room(Arena arena) {
            return arena.allocate(bytes, 64);
        }
    }

    Optional<String> refusal(Primitive.Conv op, List<TensorSpec> in) {
        return answers.get(Question.of(op, in), this::answer) instanceof Refused(String reason)
                ? Optional.of(reason)
                : Optional.empty();
    }

    List<Tensor> run(Primitive.Conv op, List<Tensor> in) {
        List<TensorSpec> specs = in.stream().map(Tensor::spec).toList();
        Ready r = (Ready) answers.get(Question.of(op, specs), this::answer);
        Tensor out = Tensor.allocate(op.infer(specs).getFirst());
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment x = in.getFirst().segment();
            if (r.into.isPresent()) {
                MemorySegment plain = x;
                x = r.into.get().room(arena);
                r.into.get().program.run(plain, x);
            }
            MemorySegment w = in.get(1).segment();
            if (r.weights.isPresent()) {
                Turn t = r.weights.get();
                MemorySegment plain = w;
                w = weights.get(in.get(1), t.order, t.bytes, to -> t.program.run(plain, to));
            }
            MemorySegment y = r.back.isPresent() ? r.back.get().room(arena) : out.segment();
            r.product.run(x, w, y);
            r.back.ifPresent(t -> t.program.run(y, out.segment()));
        }
        return List.of(out);
    }

    private Answer answer(Question q) {
        if (Dnnl.type(q.type) == 0) {
            return new Refused("oneDNN convolves no " + q.type);
        }
        if (q.x.size() == 0 || q.w.size() == 0 || q.y.size() == 0) {
            return new Refused("a convolution without elements");
        }
        Layout x = Layout.of(q.type, q.x);
        Layout w = q.weights();
        Layout y = Layout.of(q.type, q.y);
        Dnnl.Tried plan = plan(q, x, w, y);
        if (!plan.worked()) {
            return new Refused("oneDNN: " + Dnnl.name(plan.status()));
        }
        MemorySegment src = d.chosen(plan.handle(), Dnnl.QUERY_SRC);
        MemorySegment right = d.chosen(plan.handle(), Dnnl.QUERY_WEIGHTS);
        MemorySegment dst = d.chosen(plan.handle(), Dnnl.QUERY_DST);
        Program product = new Program(d, plan.handle(), new int[] {Dnnl.SRC, Dnnl.WEIGHTS, Dnnl.DST}, src, right, dst);
        return new Ready(product, turn(x, src, true), turn(w, right, true), turn(y, dst, false));
    }

    private Dnnl.Tried plan(Question q, Layout x, Layout w, Layout y) {
        MemorySegment src = x.describeAny(d);
        MemorySegment right = w.describeAny(d);
        MemorySegment dst = y.describeAny(d);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment stride = Layout.dims(arena, q.part(0));
            MemorySegment before = Layout.dims(arena, q.part(1));
            MemorySegment after = Layout.dims(arena, q.part(2));
            MemorySegment dilation = Layout.dims(arena, q.part(3));
            return d.tried(out -> (int) d.plans.convolution.invokeExact(
                    out,
                    d.engine,
                    Dnnl.FORWARD_INFERENCE,
                    Dnnl.CONVOLUTION_AUTO,
                    src,
                    right,
                    MemorySegment.NULL,
                    dst,
                    stride,
                    dilation,
                    before,
                    after,
                    MemorySegment.NULL));
        } finally {
            Layout.forget(d, src);
            Layout.forget(d, right);
            Layout.forget(d, dst);
        }
    }

    /** From a tensor's order into the chosen one, or back; nothing where they are the same. */
    private Optional<Turn> turn(Layout tensor, MemorySegment chosen, boolean into) {
        MemorySegment plain = tensor.describe(d);
        MemorySegment from = into ? plain : chosen;
        MemorySegment to = into ? chosen : plain;
        try {
            if ((int) d.equal.invokeExact(plain, chosen) != 0) {
                Layout.forget(d, plain);
                return Optional.empty();
            }
            MemorySegment plan = d.made("dnnl_reorder_primitive_desc_create", out ->
                    (int) d.plans.reorder.invokeExact(out, from, d.engine, to, d.engine, MemorySegment.NULL));
            Program p = new Program(d, plan, new int[] {Dnnl.SRC, Dnnl.DST}, from, to);
            return Optional.of(new Turn(p, weights.order(chosen), (long) d.sizeOf.invokeExact(chosen)));
        } catch (Throwable t) {
            throw Native.failed(t);
        }
    }
}
