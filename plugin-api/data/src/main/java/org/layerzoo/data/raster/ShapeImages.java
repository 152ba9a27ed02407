package org.layerzoo.data.raster;

import org.layerzoo.data.Rng;

/** Grey pictures of ten classes, five shapes and five textures, of random place, size, greys and noise. */
public record ShapeImages(int side) {
    public static final int CLASSES = 10;

    /** What a picture shows, in the order of the labels. */
    public enum Kind {
        DISC,
        SQUARE,
        TRIANGLE,
        CROSS,
        RING,
        ROWS,
        COLUMNS,
        DIAGONALS,
        CHECKS,
        DOTS
    }

    /** Pixels 0..255 row by row. */
    public record Picture(long[] pixels, int label) {}

    public ShapeImages {
        if (side < 8) {
            throw new IllegalArgumentException("a side of at least 8 pixels expected, given " + side);
        }
    }

    public Picture draw(Rng rng) {
        Kind kind = Kind.values()[rng.nextInt(CLASSES)];
        int back = rng.nextInt(256);
        int front = (back + 80 + rng.nextInt(97)) % 256;
        Canvas c = new Canvas(side, side, back);
        if (kind.ordinal() < Kind.ROWS.ordinal()) {
            int r = rng.between(side / 5, side / 3);
            shape(c, kind, rng.between(r, side - 1 - r), rng.between(r, side - 1 - r), r, front);
        } else {
            texture(c, kind, rng.between(2, Math.max(3, side / 8)), rng.nextInt(side), front);
        }
        noise(c, rng);
        return new Picture(c.pixels(), kind.ordinal());
    }

    private static void shape(Canvas c, Kind kind, int x, int y, int r, int grey) {
        switch (kind) {
            case DISC -> c.disc(x, y, r, grey);
            case SQUARE -> c.rectangle(x - r, y - r, x + r, y + r, grey);
            case TRIANGLE -> c.polygon(new int[] {x - r, x + r, x}, new int[] {y + r, y + r, y - r}, grey);
            case CROSS -> {
                c.rectangle(x - r, y - r / 4, x + r, y + r / 4, grey);
                c.rectangle(x - r / 4, y - r, x + r / 4, y + r, grey);
            }
            case RING -> c.ring(x, y, r - Math.max(1, r / 3) - 1, r, grey);
            default -> throw new IllegalArgumentException(kind + " is no shape");
        }
    }

    private static void texture(Canvas c, Kind kind, int period, int shift, int grey) {
        for (int y = 0; y < c.height(); y++) {
            for (int x = 0; x < c.width(); x++) {
                int u = (x + shift) / period;
                int v = (y + shift) / period;
                boolean on =
                        switch (kind) {
                            case ROWS -> v % 2 == 0;
                            case COLUMNS -> u % 2 == 0;
                            case DIAGONALS -> (x + y + shift) / period % 2 == 0;
                            case CHECKS -> (u + v) % 2 == 0;
                            case DOTS -> u % 2 == 0 && v % 2 == 0;
                            default -> throw new IllegalArgumentException(kind + " is no texture");
                        };
                if (on) {
                    c.set(x, y, grey);
                }
            }
        }
    }

    private static void noise(Canvas c, Rng rng) {
        for (int y = 0; y < c.height(); y++) {
            for (int x = 0; x < c.width(); x++) {
                c.set(x, y, c.get(x, y) + rng.between(-12, 12));
            }
        }
    }
}
