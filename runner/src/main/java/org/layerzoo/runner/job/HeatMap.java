package org.layerzoo.runner.job;

/** A matrix as an image: cells as squares, coloured from dark blue (zero) over teal to light yellow (the largest value). */
final class HeatMap {
    /** Corner colours of a perceptually ordered ramp, dark to light. */
    private static final int[] RAMP = {0x440154, 0x414487, 0x2A788E, 0x22A884, 0x7AD151, 0xFDE725};

    private static final int SIDE = 512;

    private HeatMap() {}

    /** @param rows values of 0 or more, all rows of one length */
    static byte[] png(double[][] rows) {
        double largest = 0;
        for (double[] row : rows) {
            for (double v : row) {
                largest = Math.max(largest, v);
            }
        }
        int cell = Math.max(1, SIDE / Math.max(rows.length, rows[0].length));
        int[][] pixels = new int[rows.length * cell][rows[0].length * cell];
        for (int y = 0; y < pixels.length; y++) {
            for (int x = 0; x < pixels[0].length; x++) {
                pixels[y][x] = colour(largest == 0 ? 0 : rows[y / cell][x / cell] / largest);
            }
        }
        return Png.encode(pixels);
    }

    /** @param v 0 to 1 */
    static int colour(double v) {
        double place = Math.clamp(v, 0.0, 1.0) * (RAMP.length - 1);
        int i = Math.min((int) place, RAMP.length - 2);
        double f = place - i;
        int out = 0;
        for (int shift = 16; shift >= 0; shift -= 8) {
            int a = RAMP[i] >> shift & 0xFF;
            int b = RAMP[i + 1] >> shift & 0xFF;
            out |= (int) Math.round(a + f * (b - a)) << shift;
        }
        return out;
    }
}
