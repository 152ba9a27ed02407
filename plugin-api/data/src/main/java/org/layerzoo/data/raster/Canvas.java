package org.layerzoo.data.raster;

import java.util.Arrays;

/** A grey picture of 0..255, drawn in integers only, so that the bytes are the same on every JDK. Points outside are clipped. */
public final class Canvas {
    private final int width;
    private final int height;
    private final int[] pixels;

    public Canvas(int width, int height, int background) {
        this.width = width;
        this.height = height;
        this.pixels = new int[width * height];
        Arrays.fill(pixels, clip(background));
    }

    private static int clip(int v) {
        return Math.clamp(v, 0, 255);
    }

    public int width() {
        return width;
    }

    public int height() {
        return height;
    }

    public int get(int x, int y) {
        return pixels[y * width + x];
    }

    public void set(int x, int y, int grey) {
        if (x >= 0 && x < width && y >= 0 && y < height) {
            pixels[y * width + x] = clip(grey);
        }
    }

    /** Corners included. */
    public void rectangle(int x0, int y0, int x1, int y1, int grey) {
        for (int y = y0; y <= y1; y++) {
            for (int x = x0; x <= x1; x++) {
                set(x, y, grey);
            }
        }
    }

    /** Points within the radius of the centre; squared distances, so no rounding. */
    public void disc(int cx, int cy, int radius, int grey) {
        ring(cx, cy, -1, radius, grey);
    }

    /** Points farther than {@code inner} and at most {@code outer} from the centre. */
    public void ring(int cx, int cy, int inner, int outer, int grey) {
        for (int dy = -outer; dy <= outer; dy++) {
            for (int dx = -outer; dx <= outer; dx++) {
                int d = dx * dx + dy * dy;
                if (d <= outer * outer && (inner < 0 || d > inner * inner)) {
                    set(cx + dx, cy + dy, grey);
                }
            }
        }
    }

    /** A line of one pixel (Bresenham), both ends included. */
    public void line(int x0, int y0, int x1, int y1, int grey) {
        int dx = Math.abs(x1 - x0);
        int dy = -Math.abs(y1 - y0);
        int sx = x0 < x1 ? 1 : -1;
        int sy = y0 < y1 ? 1 : -1;
        int error = dx + dy;
        int x = x0;
        int y = y0;
        while (true) {
            set(x, y, grey);
            if (x == x1 && y == y1) {
                return;
            }
            int twice = 2 * error;
            if (twice >= dy) {
                error += dy;
                x += sx;
            }
            if (twice <= dx) {
                error += dx;
                y += sy;
            }
        }
    }

    /** Interior and edge of a polygon by the even-odd rule at pixel centres. */
    public void polygon(int[] xs, int[] ys, int grey) {
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                if (inside(xs, ys, x, y)) {
                    set(x, y, grey);
                }
            }
        }
        for (int i = 0; i < xs.length; i++) {
            int j = (i + 1) % xs.length;
            line(xs[i], ys[i], xs[j], ys[j], grey);
        }
    }

    private static boolean inside(int[] xs, int[] ys, int x, int y) {
        boolean in = false;
        for (int i = 0, j = xs.length - 1; i < xs.length; j = i++) {
            if (ys[i] > y != ys[j] > y) {
                // x < crossing, multiplied out so that nothing is divided.
                long left = (long) (x - xs[i]) * (ys[j] - ys[i]);
                long right = (long) (xs[j] - xs[i]) * (y - ys[i]);
                in ^= ys[j] > ys[i] ? left < right : left > right;
            }
        }
        return in;
    }

    /** Row by row, copied. */
    public long[] pixels() {
        return Arrays.stream(pixels).asLongStream().toArray();
    }
}
