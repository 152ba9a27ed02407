package org.layerzoo.cpuvector.op.attend;

import java.util.Arrays;
import org.layerzoo.core.op.attend.Section;
import org.layerzoo.core.tensor.Tensor;

/**
 * Ranges of keys for every tile of rows.
 *
 * @param tiles of a head
 * @param bounds of each tile's ranges in {@code ranges}, which holds pairs (from, to)
 */
record TileList(int queryTile, Section.Scope scope, int heads, int tiles, long[] bounds, long[] ranges)
        implements ScoreEdit {
    static TileList of(Section.Visible.Tiles t, Tensor q, Tensor bounds, Tensor ranges) {
        int tiles = (q.dim(2) + t.queryTile() - 1) / t.queryTile();
        return new TileList(t.queryTile(), t.scope(), q.dim(1), tiles, bounds.toLongs(), ranges.toLongs());
    }

    private int tile(int sample, int head, int i) {
        int group =
                switch (scope) {
                    case SHARED -> 0;
                    case HEAD -> head;
                    case SAMPLE_HEAD -> sample * heads + head;
                };
        return group * tiles + i / queryTile;
    }

    /** Whether any of rows i .. i+rows-1 sees any of keys j .. j+n-1. */
    boolean touches(int sample, int head, int i, int rows, int j, int n) {
        int end = tile(sample, head, i + rows - 1);
        for (int t = tile(sample, head, i); t <= end; t++) {
            for (int r = (int) bounds[t]; r < bounds[t + 1]; r++) {
                if (ranges[2 * r] < j + n && ranges[2 * r + 1] > j && ranges[2 * r] < ranges[2 * r + 1]) {
                    return true;
                }
            }
        }
        return false;
    }

    @Override
    public void apply(int sample, int head, int i, int j, int n, float[] s, int at, int step) {
        boolean[] seen = new boolean[n];
        int t = tile(sample, head, i);
        for (int r = (int) bounds[t]; r < bounds[t + 1]; r++) {
            int from = (int) Math.clamp(ranges[2 * r] - j, 0, n);
            Arrays.fill(seen, from, (int) Math.clamp(ranges[2 * r + 1] - j, from, n), true);
        }
        for (int x = 0; x < n; x++) {
            if (!seen[x]) {
                s[at + x * step] = Float.NEGATIVE_INFINITY;
            }
        }
    }
}
