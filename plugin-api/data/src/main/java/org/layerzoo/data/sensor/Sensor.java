package org.layerzoo.data.sensor;

import org.layerzoo.data.Rng;

/** Something that is read at a high rate and asked about at a lower one. */
public interface Sensor {
    /** Readings x [L][I] and what is asked behind each k of them, y [L / k][O]. */
    record Sample(double[][] x, double[][] y) {}

    Sample draw(Rng rng);

    /** Mean square of what is asked: the error of always answering 0. */
    double power();

    /** A length that divides into chunks of {@code ratio} readings. @throws IllegalArgumentException if it doesn't */
    static void divides(int length, int ratio) {
        if (ratio < 1 || length < ratio || length % ratio != 0) {
            throw new IllegalArgumentException("a length that " + ratio + " divides expected, given " + length);
        }
    }
}
