package org.layerzoo.report.draw;

import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import org.layerzoo.core.report.Block;

/** Lines and points in a frame with axes. */
final class Chart {
    private static final int WIDTH = 960;
    private static final int HEIGHT = 600;
    private static final int LEFT = 110;
    private static final int TOP = 60;
    private static final int BOTTOM = 80;
    /** Colours that colour-blind readers can tell apart (Okabe and Ito). */
    private static final int[] COLOURS = {0x0072B2, 0xD55E00, 0x009E73, 0xCC79A7, 0xE69F00, 0x56B4E9, 0x000000, 0xB8A800
    };

    private final Picture p = new Picture(WIDTH, HEIGHT);
    private final Scale x;
    private final Scale y;
    private final int right;

    private Chart(String title, String xLabel, String yLabel, Scale x, Scale y, int legend) {
        this.x = x;
        this.y = y;
        this.right = WIDTH - 30 - legend;
        p.text(title, LEFT, 18, 2, Picture.BLACK);
        for (double m : x.marks()) {
            p.line(px(m), TOP, px(m), HEIGHT - BOTTOM, 1, Picture.GREY);
            String s = Scale.label(m);
            p.text(s, (int) px(m) - Picture.textWidth(s, 2) / 2, HEIGHT - BOTTOM + 10, 2, Picture.BLACK);
        }
        for (double m : y.marks()) {
            p.line(LEFT, py(m), right, py(m), 1, Picture.GREY);
            String s = Scale.label(m);
            p.text(s, LEFT - 8 - Picture.textWidth(s, 2), (int) py(m) - 8, 2, Picture.BLACK);
        }
        p.text(xLabel, (LEFT + right - Picture.textWidth(xLabel, 2)) / 2, HEIGHT - 34, 2, Picture.BLACK);
        p.textUpwards(yLabel, 8, (HEIGHT + Picture.textWidth(yLabel, 2)) / 2, 2, Picture.BLACK);
    }

    private double px(double v) {
        return LEFT + x.place(v) * (right - LEFT);
    }

    private double py(double v) {
        return HEIGHT - BOTTOM - y.place(v) * (HEIGHT - BOTTOM - TOP);
    }

    static Picture curves(Block.Curves b) {
        double[] xs =
                b.lines().stream().flatMapToDouble(l -> DoubleStream.of(l.x())).toArray();
        double[] ys = b.lines().stream()
                .flatMapToDouble(l -> Stream.of(l.y(), l.low(), l.high()).flatMapToDouble(DoubleStream::of))
                .toArray();
        List<String> names = b.lines().stream().map(Chart::legend).toList();
        Chart c = new Chart(
                b.title(),
                b.xLabel(),
                b.yLabel(),
                Scale.around(xs, b.logX()),
                Scale.around(ys, b.logY()),
                legendWidth(names));
        for (int i = 0; i < b.lines().size(); i++) {
            c.line(b.lines().get(i), COLOURS[i % COLOURS.length]);
            c.legendEntry(i, names.get(i));
        }
        return c.p;
    }

    private static String legend(Block.Line l) {
        return Double.isNaN(l.slope()) ? l.name() : l.name() + " ^" + Scale.label(Math.round(l.slope() * 100) / 100.0);
    }

    private static int legendWidth(List<String> names) {
        return names.stream().mapToInt(n -> Picture.textWidth(n, 2)).max().orElse(0) + 40;
    }

    private void legendEntry(int i, String name) {
        int at = TOP + 10 + 26 * i;
        p.rectangle(right + 12, at, 16, 14, COLOURS[i % COLOURS.length]);
        p.text(name, right + 34, at, 2, Picture.BLACK);
    }

    private void line(Block.Line l, int colour) {
        for (int i = 0; i < l.x().length; i++) {
            boolean here = x.has(l.x()[i]) && y.has(l.y()[i]);
            if (here && i > 0 && x.has(l.x()[i - 1]) && y.has(l.y()[i - 1])) {
                if (l.low().length == l.x().length) {
                    band(l, i, colour);
                }
                p.line(px(l.x()[i - 1]), py(l.y()[i - 1]), px(l.x()[i]), py(l.y()[i]), 3, colour);
            }
            if (here && l.x().length <= 64) {
                p.disc(px(l.x()[i]), py(l.y()[i]), 4, colour);
            }
        }
    }

    private void band(Block.Line l, int i, int colour) {
        double from = px(l.x()[i - 1]);
        double to = px(l.x()[i]);
        for (int c = (int) Math.ceil(from); c < to; c++) {
            double t = (c - from) / (to - from);
            double high = py(l.high()[i - 1]) * (1 - t) + py(l.high()[i]) * t;
            double low = py(l.low()[i - 1]) * (1 - t) + py(l.low()[i]) * t;
            for (int r = (int) high; r <= low; r++) {
                p.tint(c, r, colour);
            }
        }
    }

    static Picture scatter(Block.Scatter b) {
        Chart c = new Chart(
                b.title(), b.xLabel(), b.yLabel(), Scale.around(b.x(), false), Scale.around(b.y(), false), 120);
        for (int i = 0; i < b.x().length; i++) {
            c.p.disc(c.px(b.x()[i]), c.py(b.y()[i]), 5, COLOURS[i % COLOURS.length]);
            c.p.text(b.names().get(i), (int) c.px(b.x()[i]) + 9, (int) c.py(b.y()[i]) - 8, 2, Picture.BLACK);
        }
        return c.p;
    }

    static int colour(int i) {
        return COLOURS[Math.floorMod(i, COLOURS.length)];
    }
}
