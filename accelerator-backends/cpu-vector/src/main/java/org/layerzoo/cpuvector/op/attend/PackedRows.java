package org.layerzoo.cpuvector.op.attend;

import org.layerzoo.core.op.attend.Section;
import org.layerzoo.core.tensor.Tensor;

/**
 * Samples end to end: which keys belong to the sample of each row. Blocks of keys of other samples are never read, so time
 * follows the samples' own lengths.
 *
 * @param first first key of a row's sample, end the one behind its last
 * @param shift key coordinate of a row minus its number
 */
record PackedRows(int[] first, int[] end, int[] shift) {
    static PackedRows of(Section.Coordinates at, Tensor queryBounds, Tensor keyBounds, int rows) {
        long[] q = queryBounds.toLongs();
        long[] k = keyBounds.toLongs();
        int[] first = new int[rows];
        int[] end = new int[rows];
        int[] shift = new int[rows];
        for (int n = 0; n + 1 < q.length; n++) {
            for (int i = (int) q[n]; i < Math.min(q[n + 1], rows); i++) {
                first[i] = (int) k[n];
                end[i] = (int) k[n + 1];
                shift[i] = (int) (at == Section.Coordinates.BOTTOM_RIGHT ? k[n + 1] - q[n + 1] : k[n] - q[n]);
            }
        }
        return new PackedRows(first, end, shift);
    }

    /** First key that row i sees. */
    int from(int i, int left) {
        return left < 0 ? first[i] : Math.max(first[i], i + shift[i] - left);
    }

    /** Behind the last key that row i sees; rows of no sample see none. */
    int to(int i, int right) {
        return right < 0 ? end[i] : Math.clamp(i + shift[i] + right + 1L, 0, end[i]);
    }
}
