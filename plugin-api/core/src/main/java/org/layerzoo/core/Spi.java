package org.layerzoo.core;

/** Version of the SPI that this build offers; plugins name the range they run on. */
public final class Spi {
    public static final String VERSION = "0.1.0";

    /** SPI versions on which a plugin built against this one runs. */
    public static final String RANGE = "[0.1,0.2)";

    private Spi() {}
}
