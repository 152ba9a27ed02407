package org.layerzoo.cpuvector;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.op.FusedOp;
import org.layerzoo.core.op.OpCase;
import org.layerzoo.core.op.OpCase.Input;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.TensorSpec;

/** Cases that no table holds: those of the tables with every axis in turn at sizes around the width of a vector, or very long. */
final class OddCases {
    private static final int L = Width.LANES;
    private static final int[] SIZES = {1, L - 1, L + 1, 2 * L + 3};
    /** What the reference computes in a few milliseconds. */
    private static final long ELEMENTS = 5_000;

    private static final long FLOPS = 200_000;
    /** Elements above which work is shared among threads, whatever an element costs. */
    private static final int LARGE = 40_001;

    private OddCases() {}

    /** The case with each size of its shapes replaced by 1 and by sizes about one and two vectors, wherever the op takes the result. */
    static List<OpCase> tails(OpCase c) {
        List<OpCase> out = new ArrayList<>();
        for (int size : sizes(c)) {
            for (int n : SIZES) {
                resized(c, size, n).filter(OddCases::small).ifPresent(out::add);
            }
        }
        return out;
    }

    /** The case with one of its axes so long that work is shared among threads; each axis in turn. */
    static List<OpCase> large(OpCase c) {
        return Arrays.stream(sizes(c))
                .mapToObj(size -> resized(c, size, longer(c, size)))
                .flatMap(Optional::stream)
                .filter(x -> flops(x) < 500L * LARGE && elements(x) < 8L * LARGE)
                .toList();
    }

    private static int longer(OpCase c, int size) {
        return (int) Math.max(size, LARGE * (long) size / Math.max(1, elements(c)));
    }

    /** Whether the reference may be asked. */
    static boolean small(OpCase c) {
        return elements(c) <= ELEMENTS && flops(c) <= FLOPS;
    }

    private static long flops(OpCase c) {
        return c.op() instanceof FusedOp f ? f.flops(specs(c)) : elements(c);
    }

    static List<TensorSpec> specs(OpCase c) {
        return c.in().stream().map(Input::spec).toList();
    }

    private static long elements(OpCase c) {
        return Stream.concat(specs(c).stream(), c.op().infer(specs(c)).stream())
                .mapToLong(t -> t.shape().size())
                .sum();
    }

    private static int[] sizes(OpCase c) {
        return specs(c).stream()
                .flatMapToInt(t -> Arrays.stream(t.shape().dims()))
                .filter(n -> n > 0)
                .distinct()
                .toArray();
    }

    /** Empty where the op does not take it, or the size is the same. */
    private static Optional<OpCase> resized(OpCase c, int from, int to) {
        List<Input> in = c.in().stream().map(i -> resized(i, from, to)).toList();
        String name = c.name() + ", " + from + " as " + to;
        OpCase odd = new OpCase(name, c.op(), in, c.bound(), c.differentiable(), c.reason());
        try {
            odd.op().infer(specs(odd));
            return from == to ? Optional.empty() : Optional.of(odd);
        } catch (ZooException refused) {
            return Optional.empty();
        }
    }

    private static Input resized(Input i, int from, int to) {
        int[] dims = i.spec().shape().dims();
        Arrays.setAll(dims, a -> dims[a] == from ? to : dims[a]);
        // numbers that count the axis go on counting it
        boolean counts = !i.spec().dtype().isFloating() && (i.hi() == from || i.hi() == from + 1);
        double hi = counts ? i.hi() - from + to : i.hi();
        return new Input(new TensorSpec(i.spec().dtype(), Shape.of(dims)), Math.min(i.lo(), hi - 1), hi);
    }
}
