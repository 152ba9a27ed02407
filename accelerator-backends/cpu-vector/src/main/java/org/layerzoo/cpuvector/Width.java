package org.layerzoo.cpuvector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/** The vector width of this process, chosen once: the machine's preferred one, at most 512 bit. */
public final class Width {
    /** Test-only override, in bits (128, 256 or 512). */
    static final String OVERRIDE = "layerzoo.test.vectorBits";

    public static final VectorSpecies<Float> FLOATS = choose();
    /** Floats in one vector. */
    public static final int LANES = FLOATS.length();

    private Width() {}

    private static VectorSpecies<Float> choose() {
        int bits = Integer.getInteger(OVERRIDE, Math.min(512, FloatVector.SPECIES_PREFERRED.vectorBitSize()));
        return VectorSpecies.of(float.class, VectorShape.forBitSize(bits));
    }

    /** n rounded up to whole vectors. */
    public static int roundUp(int n) {
        return (n + LANES - 1) / LANES * LANES;
    }
}
