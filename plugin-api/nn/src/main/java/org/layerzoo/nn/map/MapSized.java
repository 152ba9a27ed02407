package org.layerzoo.nn.map;

/**
 * Options that fix the map of tokens on which a layer runs.
 *
 * @param <C> the options themselves
 */
public interface MapSized<C> {
    /** Rows of tokens. */
    int height();

    /** Columns of tokens. */
    int width();

    /** The same options for another map. */
    C on(int height, int width);
}
