package org.layerzoo.plugins.nha;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.attend.Attended;
import org.layerzoo.core.op.attend.Attention;
import org.layerzoo.core.tensor.Tensor;

/** One softmax over m slots and the last w tokens, from the two sides run apart and weighed by their log-sum-exps. */
public final class SlotsAndWindow {
    private SlotsAndWindow() {}

    /**
     * The window's side: rotated q [B, H, n, d], k [B, Hkv, S, d] and v [B, Hkv, S, dv] with the last query at the last key.
     *
     * @param bounds of packed sequences
     */
    public static Fused.Part window(Tensor q, Tensor k, Tensor v, int w, double scale, Optional<Tensor> bounds) {
        Attention a = Fused.attend(q).keys(k, v).scale(scale).window(w - 1, 0);
        bounds.ifPresent(b -> a.packed(b, b));
        Attended out = a.run();
        return new Fused.Part(out.o(), out.lse().orElseThrow());
    }

    /** o and lse of both sides under one softmax. */
    public static Fused.Part joint(Fused.Part slots, Fused.Part window) {
        return Fused.mergeLse(List.of(slots, window));
    }
}
