package org.layerzoo.core.spi;

import org.layerzoo.core.tensor.DType;

/**
 * How large example inputs shall be.
 *
 * @param batch rows of the batch
 * @param length tokens along the declared token axis; a grid takes the factor pair h <= w nearest to square
 */
public record Scale(int batch, int length, DType dtype) {
    public static Scale of(int batch, int length) {
        return new Scale(batch, length, DType.F32);
    }

    /** The factor pair h <= w of {@code length} that is nearest to square: {h, w}. */
    public int[] grid() {
        int h = (int) Math.floor(Math.sqrt(length));
        while (length % h != 0) {
            h--;
        }
        return new int[] {h, length / h};
    }
}
