package org.layerzoo.kernels.op.indexing;

import org.layerzoo.core.gpu.Args;
import org.layerzoo.core.gpu.Gpu;
import org.layerzoo.core.gpu.GpuKernel;
import org.layerzoo.core.gpu.Grid;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.kernels.Sources;
import org.layerzoo.kernels.Walk;

/**
 * Stable sorts of lines. Tiles of 1024 keys are sorted in shared memory; where a line is longer, runs are merged pairwise in log2(n / 1024)
 * passes that each read and write a key and its place. Who wants only the first few of a line keeps as many of each tile and sorts what
 * is left.
 */
public final class Sort {
    private static final int BLOCK = 256;
    private static final int TILE = 1024;

    private Sort() {}

    /** Lines of sorted keys, and where each stood. */
    public record Sorted(Tensor keys, Tensor places, int length) {}

    /** Elements by value along an axis; at least the first {@code wanted} of every line are in order. */
    static Sorted axis(Gpu gpu, Tensor x, int axis, boolean descending, int wanted) {
        int n = x.dim(axis);
        int inner = (int) x.shape().product(axis + 1, x.rank());
        int outer = (int) x.shape().product(0, axis);
        DType key = x.dtype().bytes() == 8 ? DType.I64 : DType.I32;
        Tensor keys = gpu.empty(new TensorSpec(key, Shape.of(outer * inner, n)));
        Walk w = Walk.joined(new int[] {outer, inner, n}, new int[] {n * inner, 1, inner});
        gpu.launch(
                Sources.numeric("keys", x.dtype(), "keys"),
                Grid.over(x.size(), BLOCK),
                Args.of(x, keys).i64(x.size()).i32(descending).ints(w.packed().orElseThrow()));
        return lines(gpu, keys, outer * inner, n, wanted);
    }

    /** Elements in the order of what they name: element i goes to place index[i] step and where its walk leads. */
    static Sorted targets(Gpu gpu, Tensor index, int step, Walk walk) {
        int n = (int) index.size();
        Tensor keys = gpu.empty(TensorSpec.of(DType.I32, n));
        gpu.launch(
                new GpuKernel(Sources.class, "ordered", "u32", "targets"),
                Grid.over(n, BLOCK),
                Args.of(index, keys).i64(n).i32(step).ints(walk.packed().orElseThrow()));
        return lines(gpu, keys, 1, n, n);
    }

    /** Rows in the order of their ids. */
    public static Sorted targets(Gpu gpu, Tensor ids) {
        return targets(gpu, ids, 1, Walk.joined(new int[0]));
    }

    /** Of unsigned keys [lines, n]. */
    static Sorted lines(Gpu gpu, Tensor keys, int lines, int n, int wanted) {
        Sorted s = new Sorted(keys, keys, n);
        boolean numbered = true;
        while (2 * wanted <= TILE && s.length > TILE) {
            s = tiles(gpu, s, lines, wanted, numbered);
            numbered = false;
        }
        s = tiles(gpu, s, lines, TILE, numbered);
        for (int width = TILE; width < s.length; width *= 2) {
            s = merged(gpu, s, lines, width);
        }
        return s;
    }

    /** Sorted tiles, of each of which {@code keep} are left. */
    private static Sorted tiles(Gpu gpu, Sorted s, int lines, int keep, boolean numbered) {
        int tiles = Math.max(1, (s.length + TILE - 1) / TILE);
        int length = keep == TILE ? s.length : tiles * keep;
        Sorted out = like(gpu, s, lines, length);
        if (lines > 0 && length > 0) {
            gpu.launch(
                    Sources.moving("sort", s.keys.dtype(), "tiles"),
                    Grid.blocks((long) lines * tiles, BLOCK),
                    Args.of(s.keys, s.places, out.keys, out.places)
                            .i32(s.length, tiles, keep, length)
                            .i32(numbered));
        }
        return out;
    }

    private static Sorted merged(Gpu gpu, Sorted s, int lines, int width) {
        Sorted out = like(gpu, s, lines, s.length);
        long all = (long) lines * s.length;
        gpu.launch(
                Sources.moving("sort", s.keys.dtype(), "merge"),
                Grid.over(all, BLOCK),
                Args.of(s.keys, s.places, out.keys, out.places).i64(all).i32(s.length, width));
        return out;
    }

    private static Sorted like(Gpu gpu, Sorted s, int lines, int length) {
        Shape shape = Shape.of(lines, length);
        return new Sorted(
                gpu.empty(new TensorSpec(s.keys.dtype(), shape)), gpu.empty(new TensorSpec(DType.I32, shape)), length);
    }

    /** The first k places of each line in rising order. */
    static Sorted byPlace(Gpu gpu, Sorted s, int lines, int k) {
        Tensor keys = gpu.empty(TensorSpec.of(DType.I32, lines, k));
        long all = (long) lines * k;
        gpu.launch(
                Sources.moving("sort", DType.I32, "heads"),
                Grid.over(all, BLOCK),
                Args.of(s.places, keys).i64(all).i32(s.length, k));
        Sorted byKey = lines(gpu, keys, lines, k, k);
        // The keys are the places.
        return new Sorted(byKey.keys, byKey.keys, k);
    }
}
