package org.layerzoo.kernels.op.shaping;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.layerzoo.core.gpu.Args;
import org.layerzoo.core.gpu.Gpu;
import org.layerzoo.core.gpu.Grid;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.kernels.Packs;
import org.layerzoo.kernels.Pieces;
import org.layerzoo.kernels.Sources;
import org.layerzoo.kernels.Walk;

/**
 * Copies between views by strides: y[to + walk] = x[from + walk]. What lies in one piece on both sides goes in packs of 16 bytes; what
 * exchanges the fastest axis goes through tiles in shared memory; the rest element by element.
 */
public final class Moves {
    private static final int TILE = 32;
    /** Below it a tile would be mostly empty. */
    private static final int LEAST_TILE = 8;

    private Moves() {}

    /** A view: where it starts and the steps of its axes, in elements. */
    record View(Tensor tensor, long start, int[] strides) {
        /** All of a tensor. */
        static View of(Tensor t) {
            return new View(t, 0, Moves.strides(t.shape()));
        }
    }

    static int[] strides(Shape s) {
        return Arrays.stream(s.strides()).mapToInt(v -> (int) v).toArray();
    }

    /** {@code x} with its axes in that order. */
    public static Tensor permuted(Gpu gpu, Tensor x, int... order) {
        int[] strides = strides(x.shape());
        int[] sizes = Arrays.stream(order).map(x::dim).toArray();
        Tensor y = gpu.empty(x.spec().withShape(Shape.of(sizes)));
        View from = new View(x, 0, Arrays.stream(order).map(a -> strides[a]).toArray());
        copy(gpu, sizes, from, View.of(y));
        return y;
    }

    static void copy(Gpu gpu, int[] sizes, View x, View y) {
        long n = Arrays.stream(sizes).asLongStream().reduce(1, (a, b) -> a * b);
        if (n == 0) {
            return;
        }
        Walk walk = Walk.joined(sizes, x.strides, y.strides);
        if (walk.isLine()) {
            gpu.launch(
                    Sources.moving("moving", x.tensor.dtype(), "copy"),
                    Packs.grid(x.tensor, n),
                    Args.of(x.tensor, y.tensor).i64(n).i64(x.start).i64(y.start));
        } else if (!transposed(gpu, walk, x, y)) {
            strided(gpu, walk, x, y);
        }
    }

    private static void strided(Gpu gpu, Walk walk, View x, View y) {
        Pieces pieces = pieces(walk, x, y);
        Walk w = walk.inPieces(pieces.elements());
        gpu.launch(
                pieces.kernel("strided"),
                Grid.over(w.elements(), 256),
                Args.of(x.tensor, y.tensor)
                        .i64(w.elements())
                        .i64(x.start / pieces.elements())
                        .i64(y.start / pieces.elements())
                        .ints(w.packed().orElseThrow()));
    }

    /** Several elements where both sides have the fastest axis in one piece. */
    private static Pieces pieces(Walk w, View x, View y) {
        int last = w.rank() - 1;
        if (w.stride(0, last) != 1 || w.stride(1, last) != 1) {
            return Pieces.of(x.tensor, y.tensor, 1);
        }
        long[] numbers = new long[3 + 2 * last];
        numbers[0] = w.size(last);
        numbers[1] = x.start;
        numbers[2] = y.start;
        for (int a = 0; a < last; a++) {
            numbers[3 + 2 * a] = w.stride(0, a);
            numbers[4 + 2 * a] = w.stride(1, a);
        }
        return Pieces.of(x.tensor, y.tensor, numbers);
    }

    /** Tiles, where x is contiguous along another axis than y and both axes fill tiles. */
    private static boolean transposed(Gpu gpu, Walk w, View x, View y) {
        int row = w.rank() - 1;
        int column = IntStream.range(0, w.rank())
                .filter(a -> w.stride(0, a) == 1)
                .findFirst()
                .orElse(row);
        if (column == row
                || w.stride(1, row) != 1
                || Math.min(w.size(row), w.size(column)) < LEAST_TILE
                || x.start != 0
                || y.start != 0) {
            return false;
        }
        int tileRows = (w.size(row) + TILE - 1) / TILE;
        int tileColumns = (w.size(column) + TILE - 1) / TILE;
        Walk rest = w.without(row, column);
        gpu.launch(
                Sources.moving("moving", x.tensor.dtype(), "transpose"),
                Grid.blocks(Math.multiplyExact((long) tileRows * tileColumns, rest.elements()), 256),
                Args.of(x.tensor, y.tensor)
                        .i32(w.size(row), w.size(column), w.stride(0, row), w.stride(1, column), tileRows, tileColumns)
                        .ints(rest.packed().orElseThrow()));
        return true;
    }
}
