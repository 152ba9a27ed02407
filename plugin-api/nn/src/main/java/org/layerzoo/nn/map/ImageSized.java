package org.layerzoo.nn.map;

import org.layerzoo.core.ZooException;
import org.layerzoo.core.tensor.Tensor;

/** Options that fix the images that a model takes, as a map of square patches. */
public interface ImageSized<C> extends MapSized<C> {
    /** Channels of a pixel. */
    int channels();

    /** Pixels of a patch along each side. */
    int patch();

    /** Rows of pixels. */
    default int rows() {
        return height() * patch();
    }

    /** Columns of pixels. */
    default int columns() {
        return width() * patch();
    }

    /** @throws ZooException BAD_SHAPE unless these are images [B, C, rows, columns] */
    default void accept(Tensor image, String layer) {
        if (image.rank() != 4 || image.dim(1) != channels() || image.dim(2) != rows() || image.dim(3) != columns()) {
            throw ZooException.badShape(layer + ": images [B, " + channels() + ", " + rows() + ", " + columns()
                    + "] expected, given " + image.shape());
        }
    }
}
