package org.layerzoo.cli.study;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A plot of points and lines as one SVG file: light or dark as the reader prefers, with a title and a description for those who don't see
 * it, and text that stays legible where the page is 390 pixels wide. A series is told by the colour of its group and a mark of its own.
 *
 * @param title what it shows, one line
 * @param description for readers who hear it
 */
record Plot(String title, String description, Axis x, Axis y, List<Series> series, List<String> groups) {
    private static final double WIDTH = 400;
    private static final double LEFT = 48;
    private static final double RIGHT = 388;
    private static final double TOP = 34;
    private static final double BOTTOM = 292;
    private static final double LEGEND = 344;
    private static final double ROW = 18;
    private static final String STYLE = """
        .bg{fill:#fff}.ink{fill:#1c1f24}.soft{fill:#57606a}.grid{stroke:#d8dee4}.frame{stroke:#8c959f;fill:none}
        .c0{--c:#1c1f24}.c1{--c:#0b5cad}.c2{--c:#b3410a}.c3{--c:#137333}
        .m{stroke:var(--c);fill:var(--c);stroke-width:1.6}.h{fill:none}.l{stroke:var(--c);fill:none;stroke-width:1.1;opacity:.55}
        @media (prefers-color-scheme:dark){.bg{fill:#0d1117}.ink{fill:#e6edf3}.soft{fill:#9aa4af}.grid{stroke:#2a313a}.frame{stroke:#6e7681}
        .c0{--c:#e6edf3}.c1{--c:#6cb0ff}.c2{--c:#ffa066}.c3{--c:#56d384}}
        """;

    /**
     * @param ticks values that are marked
     * @param names of the ticks
     */
    record Axis(String label, double from, double to, boolean log, List<Double> ticks, List<String> names) {
        double at(double v) {
            return log ? Math.log(v / from) / Math.log(to / from) : (v - from) / (to - from);
        }
    }

    /** @param group number of the group, which gives the colour @param mark number of the mark, which differs within a group */
    record Series(String name, int group, int mark, List<Point> points) {}

    record Point(double x, double y) {}

    String svg() {
        double bottom = LEGEND + ROW * (series.size() + 1) / 2 + ROW * ((groups.size() + 1) / 2) + 4;
        StringBuilder s = new StringBuilder();
        s.append(line(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %.0f %.0f\" width=\"600\" role=\"img\""
                        + " aria-labelledby=\"t d\" font-family=\"system-ui,sans-serif\" font-size=\"12\">",
                WIDTH, bottom));
        s.append("<title id=\"t\">").append(escaped(title)).append("</title>\n<desc id=\"d\">");
        s.append(escaped(description)).append("</desc>\n<style>").append(STYLE).append("</style>\n");
        s.append(line("<rect class=\"bg\" width=\"%.0f\" height=\"%.0f\" rx=\"6\"/>", WIDTH, bottom));
        s.append(text(12, 20, "ink", "start", title, " font-weight=\"600\""));
        axes(s);
        for (Series one : series) {
            curve(s, one);
        }
        legend(s);
        return s.append("</svg>\n").toString();
    }

    private double px(double v) {
        return LEFT + (RIGHT - LEFT) * x.at(v);
    }

    private double py(double v) {
        return BOTTOM - (BOTTOM - TOP) * y.at(v);
    }

    private void axes(StringBuilder s) {
        for (int i = 0; i < x.ticks().size(); i++) {
            double at = px(x.ticks().get(i));
            s.append(line("<path class=\"grid\" d=\"M%.1f %.1fV%.1f\"/>", at, TOP, BOTTOM));
            s.append(text(at, BOTTOM + 16, "soft", "middle", x.names().get(i), ""));
        }
        for (int i = 0; i < y.ticks().size(); i++) {
            double at = py(y.ticks().get(i));
            s.append(line("<path class=\"grid\" d=\"M%.1f %.1fH%.1f\"/>", LEFT, at, RIGHT));
            s.append(text(LEFT - 5, at + 4, "soft", "end", y.names().get(i), ""));
        }
        s.append(line(
                "<rect class=\"frame\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/>",
                LEFT, TOP, RIGHT - LEFT, BOTTOM - TOP));
        s.append(text((LEFT + RIGHT) / 2, BOTTOM + 34, "ink", "middle", x.label(), ""));
        s.append(text(
                0,
                0,
                "ink",
                "middle",
                y.label(),
                line(" transform=\"translate(12 %.1f) rotate(-90)\"", (TOP + BOTTOM) / 2)));
    }

    private void curve(StringBuilder s, Series one) {
        StringBuilder path = new StringBuilder();
        for (Point p : one.points()) {
            path.append(line("%s%.1f %.1f", path.isEmpty() ? "M" : "L", px(p.x()), py(p.y())));
        }
        s.append(line("<g class=\"c%d\"><path class=\"l\" d=\"%s\"/>", one.group(), path));
        one.points().forEach(p -> s.append(mark(one.mark(), px(p.x()), py(p.y()))));
        s.append("</g>\n");
    }

    /** Seven shapes, filled and then hollow. */
    private static String mark(int number, double x, double y) {
        String form =
                switch (number % 7) {
                    case 0 -> "m-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0";
                    case 1 -> "m-3.6-3.6h7.2v7.2h-7.2z";
                    case 2 -> "m0-4.6l4.6 8h-9.2z";
                    case 3 -> "m0-5l4.4 5l-4.4 5l-4.4-5z";
                    case 4 -> "m0 4.6l4.6-8h-9.2z";
                    case 5 -> "m-5-1.6h10v3.2h-10z";
                    default -> "m-1.6-5h3.2v10h-3.2z";
                };
        return line("<path class=\"%s\" d=\"M%.1f %.1f%s\"/>", number / 7 % 2 == 0 ? "m" : "m h", x, y, form);
    }

    private void legend(StringBuilder s) {
        double y = LEGEND;
        for (int g = 0; g < groups.size(); g++) {
            double x = 14 + (g % 2) * 194.0;
            double at = y + ROW * (g / 2);
            s.append(line("<g class=\"c%d\"><path class=\"m\" d=\"M%.1f %.1fh12v3h-12z\"/></g>", g, x - 4, at - 6));
            s.append(text(x + 14, at, "soft", "start", groups.get(g), ""));
        }
        y += ROW * ((groups.size() + 1) / 2);
        List<Series> sorted = new ArrayList<>(series);
        int rows = (sorted.size() + 1) / 2;
        for (int i = 0; i < sorted.size(); i++) {
            Series one = sorted.get(i);
            double x = 14 + (i / rows) * 194.0;
            double at = y + ROW * (i % rows);
            s.append(line("<g class=\"c%d\">%s</g>", one.group(), mark(one.mark(), x + 2, at - 4)));
            s.append(text(x + 14, at, "ink", "start", one.name(), ""));
        }
    }

    private static String text(double x, double y, String css, String anchor, String words, String more) {
        return line("<text class=\"%s\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\"%s>", css, x, y, anchor, more)
                + escaped(words) + "</text>\n";
    }

    private static String line(String form, Object... values) {
        return String.format(Locale.ROOT, form, values);
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }
}
