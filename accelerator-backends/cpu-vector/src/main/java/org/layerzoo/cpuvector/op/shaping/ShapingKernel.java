package org.layerzoo.cpuvector.op.shaping;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Elements;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.cpuvector.Kernel;
import org.layerzoo.cpuvector.Strided;

/** Movement of elements of any dtype as copies between strided views. */
public final class ShapingKernel implements Kernel<Primitive.Shaping> {
    @Override
    public Optional<String> refusal(Primitive.Shaping op, List<TensorSpec> in) {
        return switch (op) {
            case Primitive.Fold f when in.getFirst().dtype() != DType.F32 -> Optional.of("fold adds up in F32 only");
            case Primitive.Reshape r -> Optional.of("a reshape is no computation");
            default -> Optional.empty();
        };
    }

    @Override
    public String kind(Primitive.Shaping op, List<TensorSpec> in) {
        return op instanceof Primitive.Fold ? "scalar" : "vector";
    }

    @Override
    public List<Tensor> run(Primitive.Shaping op, List<Tensor> in) {
        Tensor x = in.getFirst();
        return List.of(
                switch (op) {
                    case Primitive.Permute p -> permute(x, p.order());
                    case Primitive.Expand e -> expand(x, e.to());
                    case Primitive.Slice s -> slice(op, s, x);
                    case Primitive.Concat c -> concat(op, c.axis(), in);
                    case Primitive.Flip f -> flip(x, f.axes());
                    case Primitive.Roll r -> roll(x, r.shift(), r.axis());
                    case Primitive.Pad p -> PadKernel.run(p, x);
                    case Primitive.Unfold u -> unfold(op, u, x);
                    case Primitive.Fold f -> FoldKernel.run(f, x);
                    case Primitive.Reshape r -> x.view(r.to());
                });
    }

    private static Tensor result(Primitive op, Tensor... in) {
        return Tensor.allocate(
                op.infer(Arrays.stream(in).map(Tensor::spec).toList()).getFirst());
    }

    /** Fills a dense result from a strided view of x. */
    private static Tensor view(Tensor x, long at, long[] strides, Tensor out) {
        Strided.copy(
                x.segment(),
                at,
                strides,
                out.segment(),
                0,
                out.shape().strides(),
                out.shape().dims(),
                x.dtype().bytes());
        return out;
    }

    /** Axis i of the result is axis order[i] of x. */
    public static Tensor permute(Tensor x, int... order) {
        long[] strides = x.shape().strides();
        long[] mine = Arrays.stream(order).mapToLong(a -> strides[a]).toArray();
        Shape to = Shape.of(Arrays.stream(order).map(x::dim).toArray());
        return view(x, 0, mine, Tensor.allocate(new TensorSpec(x.dtype(), to)));
    }

    private static Tensor expand(Tensor x, Shape to) {
        long[] strides = x.shape().strides();
        long[] mine = new long[to.rank()];
        int lead = to.rank() - x.rank();
        for (int i = lead; i < mine.length; i++) {
            mine[i] = x.dim(i - lead) == 1 ? 0 : strides[i - lead];
        }
        return view(x, 0, mine, Tensor.allocate(new TensorSpec(x.dtype(), to)));
    }

    private static Tensor slice(Primitive op, Primitive.Slice s, Tensor x) {
        long[] strides = x.shape().strides();
        long at = 0;
        for (int i = 0; i < strides.length; i++) {
            at += s.start()[i] * strides[i];
            strides[i] *= s.step()[i];
        }
        return view(x, at, strides, result(op, x));
    }

    private static Tensor concat(Primitive op, int axis, List<Tensor> in) {
        Tensor out = result(op, in.toArray(Tensor[]::new));
        MemorySegment to = out.segment();
        long[] strides = out.shape().strides();
        long at = 0;
        for (Tensor x : in) {
            Strided.copy(
                    x.segment(),
                    0,
                    x.shape().strides(),
                    to,
                    at,
                    strides,
                    x.shape().dims(),
                    x.dtype().bytes());
            at += x.dim(axis) * strides[axis];
        }
        return out;
    }

    private static Tensor flip(Tensor x, int[] axes) {
        long[] strides = x.shape().strides();
        long at = 0;
        for (int a : axes) {
            at += (x.dim(a) - 1) * strides[a];
            strides[a] = -strides[a];
        }
        return x.size() == 0 ? x : view(x, at, strides, Tensor.allocate(x.spec()));
    }

    private static Tensor roll(Tensor x, int shift, int axis) {
        int n = x.dim(axis);
        Tensor out = Tensor.allocate(x.spec());
        if (x.size() == 0) {
            return out;
        }
        int by = Math.floorMod(shift, n);
        long[] strides = x.shape().strides();
        int[] head = x.shape().dims();
        int[] tail = x.shape().dims();
        head[axis] = n - by;
        tail[axis] = by;
        Strided.copy(
                x.segment(),
                0,
                strides,
                out.segment(),
                by * strides[axis],
                strides,
                head,
                x.dtype().bytes());
        Strided.copy(
                x.segment(),
                (n - by) * strides[axis],
                strides,
                out.segment(),
                0,
                strides,
                tail,
                x.dtype().bytes());
        return out;
    }

    private static Tensor unfold(Primitive op, Primitive.Unfold u, Tensor x) {
        Tensor out = result(op, x);
        long[] strides = Arrays.copyOf(x.shape().strides(), x.rank() + 1);
        strides[x.rank()] = strides[u.axis()] * u.dilation();
        strides[u.axis()] *= u.step();
        return view(x, 0, strides, out);
    }

    static void fill(Tensor out, double value) {
        MemorySegment s = out.segment();
        if (value == 0 && Double.doubleToRawLongBits(value) == 0) {
            s.fill((byte) 0);
            return;
        }
        int bytes = out.dtype().bytes();
        long first = Math.min(out.size(), 1024);
        for (long i = 0; i < first; i++) {
            Elements.set(s, out.dtype(), i, value);
        }
        for (long done = first * bytes; done < s.byteSize(); done *= 2) {
            MemorySegment.copy(s, 0, s, done, Math.min(done, s.byteSize() - done));
        }
    }
}
