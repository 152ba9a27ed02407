package org.layerzoo.plugins.nasefficienttransformers;

import java.util.List;

/** A network of the space. */
public record Architecture(int dim, List<Unit> encoder, List<Unit> decoder) {
    /** A layer: its widths, whether self-attention and attention to the encoder are linear, and how many encoder layers the latter sees. */
    public record Unit(int heads, int hidden, boolean linear, boolean crossLinear, int sources) {}

    /** The same with every attention linear, or softmax. */
    public Architecture all(boolean linear) {
        return new Architecture(dim, all(encoder, linear), all(decoder, linear));
    }

    private static List<Unit> all(List<Unit> units, boolean linear) {
        return units.stream()
                .map(u -> new Unit(u.heads, u.hidden, linear, linear, u.sources))
                .toList();
    }

    /** Multiply-adds of n source and n target tokens, without the embedding's product. */
    public long cost(long n) {
        long total = 0;
        for (Unit u : encoder) {
            total += attention(n, n, u.heads, u.linear) + 2 * n * dim * u.hidden;
        }
        for (Unit u : decoder) {
            total += attention(n, n, u.heads, u.linear)
                    + attention(n, n * u.sources, u.heads, u.crossLinear)
                    + 2 * n * dim * u.hidden;
        }
        return total;
    }

    /** Four projections and either both products of n x s scores, or those of cosFormer's two halves with states of d x (d + 1). */
    private long attention(long n, long s, int heads, boolean linear) {
        long d = dim / heads;
        long mixing = linear ? 2 * (n + s) * dim * (d + 1) : 2 * n * s * dim;
        return mixing + 2 * (n + s) * dim * dim;
    }
}
