package org.layerzoo.cpuvector.op.attend;

import java.util.Arrays;
import org.layerzoo.cpuvector.op.linear.Tile;

/** Scores of a tile of rows with a block of keys: products, biases, and -inf wherever a row does not see a key. */
final class ScoreTile {
    /** Rows of a tile: a multiple of the register tile's. */
    static final int ROWS = 96;
    /** Keys of a block: a multiple of a panel's columns at every vector width. */
    static final int KEYS = 128;

    private ScoreTile() {}

    /**
     * @param q scaled rows [rows, d]
     * @param panels keys packed for q k^T, all of them from {@code panelsAt} on
     * @param s [ROWS, KEYS], overwritten
     */
    static void compute(
            KeySection section,
            int sample,
            int head,
            float[] q,
            int i0,
            int rows,
            int d,
            float[] panels,
            int panelsAt,
            int j0,
            int n,
            float[] s) {
        Arrays.fill(s, 0, Tile.rows(rows) * KEYS, 0f);
        Tile.multiply(q, 0, d, rows, d, panels, panelsAt + j0 * d, d, n, s, 0, KEYS);
        if (section.softcap() > 0) {
            SoftCap.apply(s, 0, rows * KEYS, section.softcap());
        }
        for (int r = 0; r < rows; r++) {
            int at = r * KEYS;
            for (ScoreEdit e : section.edits()) {
                e.apply(sample, head, i0 + r, j0, n, s, at, 1);
            }
            int from = Math.clamp(section.from(sample, i0 + r) - j0, 0, n);
            int to = Math.clamp(section.to(sample, i0 + r) - j0, from, n);
            Arrays.fill(s, at, at + from, Float.NEGATIVE_INFINITY);
            Arrays.fill(s, at + to, at + KEYS, Float.NEGATIVE_INFINITY);
        }
    }

    /** First block that any row of a tile sees, in keys. */
    static int first(KeySection section, int sample, int i0, int rows) {
        int from = Integer.MAX_VALUE;
        for (int r = 0; r < rows; r++) {
            if (section.to(sample, i0 + r) > 0) {
                from = Math.min(from, section.from(sample, i0 + r));
            }
        }
        return from == Integer.MAX_VALUE ? from : from / KEYS * KEYS;
    }

    /** Behind the last key that any row of a tile sees. */
    static int last(KeySection section, int sample, int i0, int rows) {
        int to = 0;
        for (int r = 0; r < rows; r++) {
            to = Math.max(to, section.to(sample, i0 + r));
        }
        return to;
    }
}
