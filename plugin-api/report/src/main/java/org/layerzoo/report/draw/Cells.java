package org.layerzoo.report.draw;

import java.util.Arrays;
import java.util.List;
import java.util.stream.DoubleStream;
import org.layerzoo.core.report.Block;

/** Grids of colour: heat maps, pictures side by side, bars of activity. */
final class Cells {
    private static final int MARGIN = 60;
    private static final int SIDE = 640;
    /** Dark to light, even steps of lightness (after viridis). */
    private static final int[] RAMP = {
        0x440154, 0x482878, 0x3E4A89, 0x31688E, 0x26828E, 0x1F9E89, 0x35B779, 0x6DCD59, 0xB4DE2C, 0xFDE725
    };

    private Cells() {}

    static Picture heatMap(Block.HeatMap b) {
        int rows = b.values().length;
        int columns = rows == 0 ? 0 : b.values()[0].length;
        int cell = Math.max(1, SIDE / Math.max(1, Math.max(rows, columns)));
        int left = MARGIN + 12 + widest(b.rows());
        int below = 70 + (b.columns().isEmpty() ? 0 : widest(b.columns()));
        int width = Math.max(left + columns * cell + 150, left + Picture.textWidth(b.title(), 2) + 20);
        Picture p = new Picture(width, MARGIN + rows * cell + below);
        double[] all = Arrays.stream(b.values())
                .flatMapToDouble(DoubleStream::of)
                .filter(Double::isFinite)
                .toArray();
        double low = Arrays.stream(all).min().orElse(0);
        double high = Arrays.stream(all).max().orElse(1);
        p.text(b.title(), left, 18, 2, Picture.BLACK);
        for (int r = 0; r < rows; r++) {
            for (int c = 0; c < columns; c++) {
                p.rectangle(left + c * cell, MARGIN + r * cell, cell, cell, colour(b.values()[r][c], low, high));
            }
        }
        labels(p, b, left, cell, rows, columns);
        ramp(p, left + columns * cell + 20, low, high);
        return p;
    }

    private static int widest(List<String> names) {
        return names.stream().mapToInt(n -> Picture.textWidth(n, 1)).max().orElse(0);
    }

    private static void labels(Picture p, Block.HeatMap b, int left, int cell, int rows, int columns) {
        for (int r = 0; r < b.rows().size() && cell >= 9; r++) {
            p.text(
                    b.rows().get(r),
                    left - 6 - Picture.textWidth(b.rows().get(r), 1),
                    MARGIN + r * cell + cell / 2 - 4,
                    1,
                    Picture.BLACK);
        }
        int under = MARGIN + rows * cell;
        for (int c = 0; c < b.columns().size() && cell >= 9; c++) {
            p.textUpwards(
                    b.columns().get(c),
                    left + c * cell + cell / 2 - 4,
                    under + 6 + Picture.textWidth(b.columns().get(c), 1),
                    1,
                    Picture.BLACK);
        }
        p.text(b.xLabel(), left, p.height() - 28, 2, Picture.BLACK);
        p.textUpwards(b.yLabel(), 10, Math.max(under, MARGIN + Picture.textWidth(b.yLabel(), 2)), 2, Picture.BLACK);
    }

    private static void ramp(Picture p, int x, double low, double high) {
        for (int i = 0; i < 200; i++) {
            p.rectangle(x, MARGIN + i, 20, 1, colour(1 - i / 199.0, 0, 1));
        }
        p.text(Scale.label(high), x + 28, MARGIN, 2, Picture.BLACK);
        p.text(Scale.label(low), x + 28, MARGIN + 186, 2, Picture.BLACK);
    }

    /** Grey where there is no number. */
    static int colour(double v, double low, double high) {
        if (!Double.isFinite(v)) {
            return Picture.GREY;
        }
        double t = high > low ? (v - low) / (high - low) * (RAMP.length - 1) : 0;
        int i = Math.clamp((int) t, 0, RAMP.length - 2);
        double f = Math.clamp(t - i, 0, 1);
        int a = RAMP[i];
        int b = RAMP[i + 1];
        return mix(a >> 16, b >> 16, f) << 16 | mix(a >> 8, b >> 8, f) << 8 | mix(a, b, f);
    }

    private static int mix(int a, int b, double f) {
        return (int) Math.round((a & 0xFF) * (1 - f) + (b & 0xFF) * f);
    }

    static Picture strip(String title, List<String> captions, List<double[][][]> images) {
        int side = images.stream()
                .mapToInt(i -> Math.max(i.length, i[0].length))
                .max()
                .orElse(1);
        int zoom = Math.max(1, 192 / side);
        int step = side * zoom + 12;
        Picture p = new Picture(
                Math.max(24 + images.size() * step, 24 + Picture.textWidth(title, 2)), MARGIN + side * zoom + 40);
        p.text(title, 12, 18, 2, Picture.BLACK);
        for (int n = 0; n < images.size(); n++) {
            image(p, images.get(n), 12 + n * step, MARGIN, zoom);
            if (n < captions.size()) {
                p.text(captions.get(n), 12 + n * step, MARGIN + side * zoom + 10, 1, Picture.BLACK);
            }
        }
        return p;
    }

    private static void image(Picture p, double[][][] pixels, int x, int y, int zoom) {
        for (int r = 0; r < pixels.length; r++) {
            for (int c = 0; c < pixels[r].length; c++) {
                p.rectangle(x + c * zoom, y + r * zoom, zoom, zoom, rgb(pixels[r][c]));
            }
        }
    }

    private static int rgb(double[] v) {
        int red = level(v[0]);
        return v.length < 3 ? red << 16 | red << 8 | red : red << 16 | level(v[1]) << 8 | level(v[2]);
    }

    private static int level(double v) {
        return (int) Math.round(255 * Math.clamp(v, 0, 1));
    }

    static Picture overlay(Block.Overlay b) {
        Picture p = strip(b.title(), List.of(), java.util.Collections.singletonList(b.image()));
        int zoom = Math.max(1, 192 / Math.max(b.image().length, b.image()[0].length));
        for (int r = 0; r < b.mask().length; r++) {
            for (int c = 0; c < b.mask()[r].length; c++) {
                for (int i = 0; b.mask()[r][c] > 0 && i < zoom * zoom; i++) {
                    p.tint(12 + c * zoom + i % zoom, MARGIN + r * zoom + i / zoom, Chart.colour(b.mask()[r][c]));
                }
            }
        }
        for (int i = 0; i < b.boxes().size(); i++) {
            double[] q = Arrays.stream(b.boxes().get(i)).map(v -> v * zoom).toArray();
            int colour = Chart.colour(i);
            p.line(12 + q[0], MARGIN + q[1], 12 + q[2], MARGIN + q[1], 2, colour);
            p.line(12 + q[0], MARGIN + q[3], 12 + q[2], MARGIN + q[3], 2, colour);
            p.line(12 + q[0], MARGIN + q[1], 12 + q[0], MARGIN + q[3], 2, colour);
            p.line(12 + q[2], MARGIN + q[1], 12 + q[2], MARGIN + q[3], 2, colour);
            if (i < b.labels().size()) {
                p.text(b.labels().get(i), (int) (14 + q[0]), (int) (MARGIN + 2 + q[1]), 1, colour);
            }
        }
        return p;
    }

    static Picture timeline(Block.Timeline b) {
        int rows = b.bars().stream().mapToInt(Block.Bar::row).max().orElse(0) + 1;
        double end = b.bars().stream().mapToDouble(Block.Bar::end).max().orElse(1);
        Picture p = new Picture(960, MARGIN + rows * 34 + 50);
        p.text(b.title(), 40, 18, 2, Picture.BLACK);
        for (int i = 0; i < b.bars().size(); i++) {
            Block.Bar bar = b.bars().get(i);
            int x = 40 + (int) Math.round(bar.start() / end * 880);
            int w = Math.max(1, (int) Math.round((bar.end() - bar.start()) / end * 880));
            p.rectangle(
                    x,
                    MARGIN + bar.row() * 34,
                    w - (w > 3 ? 1 : 0),
                    28,
                    Chart.colour(bar.label().hashCode()));
            if (Picture.textWidth(bar.label(), 1) < w) {
                p.text(bar.label(), x + 3, MARGIN + bar.row() * 34 + 10, 1, Picture.WHITE);
            }
        }
        for (int r = 0; r < rows; r++) {
            p.text(Integer.toString(r), 12, MARGIN + r * 34 + 8, 2, Picture.BLACK);
        }
        p.text("0 to " + Scale.label(end) + " " + b.unit(), 40, p.height() - 32, 2, Picture.BLACK);
        return p;
    }
}
