package org.layerzoo.cpuvector.op.attend;

import java.util.Arrays;
import java.util.Iterator;
import java.util.Optional;
import org.layerzoo.core.op.attend.Section;
import org.layerzoo.core.tensor.Tensor;

/**
 * Coordinates of rows and keys.
 *
 * @param rows of each row, for each sample where rowStep is not 0
 * @param columns of each key likewise; empty where a key's coordinate is its number
 */
record Places(int[] rows, int rowStep, int[] columns, int columnStep) {
    /** Where nothing asks for coordinates. */
    static final Places NONE = new Places(new int[0], 0, new int[0], 0);

    /** Far behind any other and still such that differences fit. */
    private static final long FAR = 1 << 30;

    /** @param shift per sample, the coordinate of row 0 */
    static Places of(Section.Coordinates at, int[] shift, Optional<PackedRows> packed, int tq, Iterator<Tensor> in) {
        if (at == Section.Coordinates.POSITIONS) {
            Tensor r = in.next();
            Tensor c = in.next();
            return new Places(ints(r), r.rank() == 1 ? 0 : r.dim(1), ints(c), c.rank() == 1 ? 0 : c.dim(1));
        }
        int[] rows = new int[packed.isPresent() ? tq : shift.length * tq];
        Arrays.setAll(rows, i -> packed.map(p -> i + p.shift()[i]).orElseGet(() -> i % tq + shift[i / tq]));
        return new Places(rows, packed.isPresent() ? 0 : tq, new int[0], 0);
    }

    private static int[] ints(Tensor t) {
        return Arrays.stream(t.toLongs())
                .mapToInt(x -> (int) Math.clamp(x, -FAR, FAR))
                .toArray();
    }

    int row(int sample, int i) {
        return rows[sample * rowStep + i];
    }

    int column(int sample, int j) {
        return columns.length == 0 ? j : columns[sample * columnStep + j];
    }
}
