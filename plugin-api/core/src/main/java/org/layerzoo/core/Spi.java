package org.layerzoo.core;

/** Version of the SPI that this build offers; plugins name the range they run on. */
public final class Spi {
    public static final String VERSION = "0.1.0";

    private Spi() {}
}
