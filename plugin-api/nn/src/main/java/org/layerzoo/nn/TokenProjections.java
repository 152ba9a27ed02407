package org.layerzoo.nn;

import java.util.List;
import java.util.stream.Stream;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.op.dense.Activation;
import org.layerzoo.core.spi.StateSpec;

/** Queries, keys and values of tokens: three {@link TokenProjection}s named {@code q}, {@code k} and {@code v}. */
public record TokenProjections(TokenProjection q, TokenProjection k, TokenProjection v) {
    /** Channels of all heads together. */
    public record Widths(int q, int k, int v) {}

    /** @param in width of a token @param keys activation of queries and keys @param values that of values */
    public static TokenProjections of(
            Params p, int in, Widths out, TokenProjection.Short conv, Activation keys, Activation values) {
        return new TokenProjections(
                TokenProjection.of(p, "q", in, out.q(), conv, keys),
                TokenProjection.of(p, "k", in, out.k(), conv, keys),
                TokenProjection.of(p, "v", in, out.v(), conv, values));
    }

    /** Those that there are. */
    public List<DepthwiseConv> convolutions() {
        return Stream.of(q, k, v).flatMap(t -> t.conv().stream()).toList();
    }

    /** What a stream keeps of the convolutions; nothing where their width is 0. */
    public static List<StateSpec> state(int width) {
        return width == 0
                ? List.of()
                : Stream.of("q", "k", "v")
                        .map(n -> new StateSpec(n + "_conv1d", "fixed", "B W-1 D", "last projected inputs"))
                        .toList();
    }
}
