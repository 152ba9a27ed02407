package org.layerzoo.core.layer;

import java.util.Optional;
import org.layerzoo.core.Stable;
import org.layerzoo.core.tensor.Tensor;

/**
 * Geometry of the token axis. Dense: every row has T places of which the first {@code lengths[b]} are valid. Packed: all
 * sequences in one row, cut at {@code cuSeqlens}. Either may carry explicit positions, segment ids, a grid and a number
 * of leading rows that are not on the grid.
 */
@Stable(since = "0.1")
public sealed interface Seqs {
    /** I64 [B, T] or [T]; absent means 0..T-1 (of each sequence). */
    Optional<Tensor> positions();

    /** I64 [B, T]; tokens of different segments do not see one another. */
    Optional<Tensor> segmentIds();

    Optional<Grid> grid();

    /** Rows before the grid (class token, registers). */
    int prefix();

    /** lengths: I64 [B], absent when all rows are full. */
    record Dense(
            Optional<Tensor> lengths,
            Optional<Tensor> positions,
            Optional<Tensor> segmentIds,
            Optional<Grid> grid,
            int prefix)
            implements Seqs {}

    /** cuSeqlens: I64 [N + 1], from 0 to T. */
    record Packed(
            Tensor cuSeqlens, Optional<Tensor> positions, Optional<Tensor> segmentIds, Optional<Grid> grid, int prefix)
            implements Seqs {}

    /** Token axis as a grid, row-major: t frames (1 for an image), h rows, w columns. */
    record Grid(int t, int h, int w) {
        public int size() {
            return t * h * w;
        }
    }

    /** Every row full, positions 0..T-1. */
    static Seqs whole() {
        return new Dense(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), 0);
    }

    /** Rows with {@code lengths} valid tokens. */
    static Seqs padded(Tensor lengths) {
        return new Dense(Optional.of(lengths), Optional.empty(), Optional.empty(), Optional.empty(), 0);
    }

    static Seqs packed(Tensor cuSeqlens) {
        return new Packed(cuSeqlens, Optional.empty(), Optional.empty(), Optional.empty(), 0);
    }

    static Seqs grid(int h, int w, int prefix) {
        return new Dense(Optional.empty(), Optional.empty(), Optional.empty(), Optional.of(new Grid(1, h, w)), prefix);
    }

    static Seqs at(Tensor positions) {
        return new Dense(Optional.empty(), Optional.of(positions), Optional.empty(), Optional.empty(), 0);
    }

    /** Valid lengths of dense rows. */
    default Optional<Tensor> lengths() {
        return this instanceof Dense d ? d.lengths : Optional.empty();
    }
}
