package org.layerzoo.report.draw;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

/** An RGB picture with lines, discs and letters, and its PNG; no window system and no fonts are needed. Colours are 0xRRGGBB. */
public final class Picture {
    public static final int WHITE = 0xFFFFFF;
    public static final int BLACK = 0x202020;
    public static final int GREY = 0xD0D0D0;

    private final int width;
    private final int height;
    private final int[] pixels;

    public Picture(int width, int height) {
        this.width = width;
        this.height = height;
        this.pixels = new int[width * height];
        Arrays.fill(pixels, WHITE);
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

    /** Points outside are clipped. */
    public void set(int x, int y, int colour) {
        if (x >= 0 && x < width && y >= 0 && y < height) {
            pixels[y * width + x] = colour;
        }
    }

    public void rectangle(int x, int y, int w, int h, int colour) {
        for (int j = Math.max(0, y); j < Math.min(height, y + h); j++) {
            for (int i = Math.max(0, x); i < Math.min(width, x + w); i++) {
                pixels[j * width + i] = colour;
            }
        }
    }

    /** Mixes a colour in, for bands. */
    public void tint(int x, int y, int colour) {
        if (x >= 0 && x < width && y >= 0 && y < height) {
            int old = pixels[y * width + x];
            pixels[y * width + x] =
                    mix(old >> 16, colour >> 16) << 16 | mix(old >> 8, colour >> 8) << 8 | mix(old, colour);
        }
    }

    private static int mix(int a, int b) {
        return ((a & 0xFF) * 4 + (b & 0xFF)) / 5;
    }

    public void line(double x0, double y0, double x1, double y1, int thickness, int colour) {
        int n = (int) Math.ceil(Math.max(Math.abs(x1 - x0), Math.abs(y1 - y0))) + 1;
        for (int i = 0; i <= n; i++) {
            double t = (double) i / n;
            disc(x0 + t * (x1 - x0), y0 + t * (y1 - y0), thickness / 2.0, colour);
        }
    }

    public void disc(double cx, double cy, double radius, int colour) {
        int r = (int) Math.ceil(radius);
        int x = (int) Math.round(cx);
        int y = (int) Math.round(cy);
        for (int dy = -r; dy <= r; dy++) {
            for (int dx = -r; dx <= r; dx++) {
                if (dx * dx + dy * dy <= radius * radius) {
                    set(x + dx, y + dy, colour);
                }
            }
        }
    }

    /** Upper left corner at (x, y). */
    public void text(String s, int x, int y, int scale, int colour) {
        letters(s, (column, row) -> rectangle(x + column * scale, y + row * scale, scale, scale, colour));
    }

    /** Reads upwards; lower left corner at (x, y). */
    public void textUpwards(String s, int x, int y, int scale, int colour) {
        letters(s, (column, row) -> rectangle(x + row * scale, y - (column + 1) * scale, scale, scale, colour));
    }

    @FunctionalInterface
    private interface Ink {
        void at(int column, int row);
    }

    private static void letters(String s, Ink ink) {
        for (int i = 0; i < s.length(); i++) {
            for (int column = 0; column < 5; column++) {
                for (int row = 0; row < 8; row++) {
                    if (Font.ink(s.charAt(i), column, row)) {
                        ink.at(i * Font.WIDTH + column, row);
                    }
                }
            }
        }
    }

    public static int textWidth(String s, int scale) {
        return s.length() * Font.WIDTH * scale;
    }

    /** The picture as a PNG file. */
    public byte[] png() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(new byte[] {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'});
        // 8 bits a channel, colour type RGB, no interlace
        chunk(
                out,
                "IHDR",
                ByteBuffer.allocate(13)
                        .putInt(width)
                        .putInt(height)
                        .put(new byte[] {8, 2, 0, 0, 0})
                        .array());
        byte[] raw = new byte[height * (1 + 3 * width)];
        int at = 0;
        for (int y = 0; y < height; y++) {
            raw[at++] = 0;
            for (int x = 0; x < width; x++) {
                int p = pixels[y * width + x];
                raw[at++] = (byte) (p >> 16);
                raw[at++] = (byte) (p >> 8);
                raw[at++] = (byte) p;
            }
        }
        chunk(out, "IDAT", deflated(raw));
        chunk(out, "IEND", new byte[0]);
        return out.toByteArray();
    }

    private static byte[] deflated(byte[] raw) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (Deflater d = new Deflater()) {
            d.setInput(raw);
            d.finish();
            byte[] buffer = new byte[1 << 16];
            while (!d.finished()) {
                out.write(buffer, 0, d.deflate(buffer));
            }
        }
        return out.toByteArray();
    }

    private static void chunk(ByteArrayOutputStream out, String type, byte[] data) {
        byte[] name = type.getBytes(StandardCharsets.US_ASCII);
        CRC32 crc = new CRC32();
        crc.update(name);
        crc.update(data);
        out.writeBytes(ByteBuffer.allocate(4).putInt(data.length).array());
        out.writeBytes(name);
        out.writeBytes(data);
        out.writeBytes(ByteBuffer.allocate(4).putInt((int) crc.getValue()).array());
    }
}
