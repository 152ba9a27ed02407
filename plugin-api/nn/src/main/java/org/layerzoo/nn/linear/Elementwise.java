package org.layerzoo.nn.linear;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.BinaryOperator;
import org.layerzoo.core.op.Complex;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.Wide;
import org.layerzoo.core.op.recur.Algorithm;
import org.layerzoo.core.tensor.Tensor;

/**
 * h_t = a_t h_{t-1} + b_t element by element along axis 1, of real numbers or complex pairs on the last axis: token by token,
 * in chunks or as an associative scan (pairs (a, b) joined by (a2 a1, a2 b1 + b2)). Results are F32 or wider.
 */
public final class Elementwise {
    private Elementwise() {}

    /**
     * h [B, T, ..].
     *
     * @param a of b's shape or one that broadcasts to it
     * @param h0 [B, ..], the state before the first token (behind the last one when {@code reverse})
     * @param form empty is one op
     */
    public static Tensor real(Tensor a, Tensor b, Tensor h0, Optional<Algorithm> form, boolean reverse) {
        return run(a, b, h0, form, reverse, Tensor::mul, (f, h) -> Ops.firstOrder(f.get(0), f.get(1), h, 1, reverse));
    }

    /** The same for pairs: h [B, T, .., 2]. */
    public static Tensor complex(Tensor a, Tensor b, Tensor h0, Optional<Algorithm> form, boolean reverse) {
        return run(
                a, b, h0, form, reverse, Complex::cmul, (f, h) -> Fused.complexScan(f.get(0), f.get(1), h, 1, reverse));
    }

    private interface Whole {
        Tensor scan(List<Tensor> ab, Tensor h0);
    }

    private static Tensor run(
            Tensor narrowA,
            Tensor narrowB,
            Tensor narrowState,
            Optional<Algorithm> form,
            boolean reverse,
            BinaryOperator<Tensor> times,
            Whole op) {
        Tensor b = Wide.up(narrowB);
        Tensor a = narrowA.cast(b.dtype()).expand(b.shape().dims());
        Tensor h0 = narrowState.cast(b.dtype());
        if (form.isEmpty()) {
            return op.scan(List.of(a, b), h0);
        }
        return switch (form.get()) {
            case Algorithm.Recurrent r ->
                chunks(a, b, h0, 1, reverse, (f, h) -> times.apply(f.get(0), h.unsqueeze(1))
                        .add(f.get(1)));
            case Algorithm.Chunked c -> chunks(a, b, h0, c.size(), reverse, op);
            case Algorithm.Parallel p -> doubling(a, b, h0, reverse, times);
        };
    }

    private static Tensor chunks(Tensor a, Tensor b, Tensor h0, int size, boolean reverse, Whole op) {
        int t = b.dim(1);
        int count = (t + size - 1) / size;
        List<Tensor> parts = new ArrayList<>();
        Tensor h = h0;
        for (int i = 0; i < count; i++) {
            int from = (reverse ? count - 1 - i : i) * size;
            int to = Math.min(t, from + size);
            Tensor part = op.scan(List.of(a.slice(1, from, to), b.slice(1, from, to)), h);
            h = part.select(1, reverse ? 0 : to - from - 1);
            parts.add(part);
        }
        if (reverse) {
            Collections.reverse(parts);
        }
        return Ops.concat(1, parts);
    }

    /** After step s every element has joined its last 2 s pairs: log2 T steps over all tokens at once. */
    private static Tensor doubling(Tensor a, Tensor b, Tensor h0, boolean reverse, BinaryOperator<Tensor> times) {
        int t = b.dim(1);
        Tensor x = reverse ? Ops.flip(a, 1) : a;
        Tensor y = reverse ? Ops.flip(b, 1) : b;
        for (int s = 1; s < t; s *= 2) {
            Tensor late = x.slice(1, s, t);
            Tensor joined = times.apply(late, y.slice(1, 0, t - s)).add(y.slice(1, s, t));
            Tensor moved = times.apply(late, x.slice(1, 0, t - s));
            y = Ops.concat(1, y.slice(1, 0, s), joined);
            x = Ops.concat(1, x.slice(1, 0, s), moved);
        }
        Tensor h = times.apply(x, h0.unsqueeze(1)).add(y);
        return reverse ? Ops.flip(h, 1) : h;
    }
}
