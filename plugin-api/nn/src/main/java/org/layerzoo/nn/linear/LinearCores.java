package org.layerzoo.nn.linear;

import java.util.function.UnaryOperator;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.recur.Recurrence;
import org.layerzoo.core.spi.Core;
import org.layerzoo.core.tensor.Tensors;

/** The mixing alone of layers that project first. */
public final class LinearCores {
    private LinearCores() {}

    /** A recurrence over normal q, k [B, H, T, K] and v [B, H, T, V] with fixed decays. */
    public static Core of(int heads, int keys, int values, UnaryOperator<Recurrence> gate) {
        return Core.of(
                (s, d) -> Tensors.of(
                        "q", d.normal("q", s.dtype(), s.batch(), heads, s.length(), keys),
                        "k",
                                d.normal("k", s.dtype(), s.batch(), heads, s.length(), keys)
                                        .div(Math.sqrt(keys)),
                        "v", d.normal("v", s.dtype(), s.batch(), heads, s.length(), values)),
                in -> Tensors.of(
                        "o",
                        gate.apply(Fused.recur(in.get("q"), in.get("k"), in.get("v")))
                                .run()
                                .o()));
    }
}
