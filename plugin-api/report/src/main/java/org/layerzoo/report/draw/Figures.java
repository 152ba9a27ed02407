package org.layerzoo.report.draw;

import java.util.List;
import org.layerzoo.core.report.Block;
import org.layerzoo.report.BlockText;

/** The picture of a block; what is words and figures is drawn as text. */
public final class Figures {
    private Figures() {}

    public static Picture of(Block block) {
        return switch (block) {
            case Block.Curves b -> Chart.curves(b);
            case Block.Scatter b -> Chart.scatter(b);
            case Block.Trajectory b -> Chart.curves(new Block.Curves(b.title(), "x", "y", false, false, b.paths()));
            case Block.HeatMap b -> Cells.heatMap(b);
            case Block.Spectrogram b ->
                Cells.heatMap(new Block.HeatMap(
                        b.title(),
                        Scale.label(b.secondsPerFrame()) + " s a frame",
                        "band",
                        List.of(),
                        List.of(),
                        b.values()));
            case Block.ImageStrip b -> Cells.strip(b.title(), b.captions(), b.images());
            case Block.FilmStrip b -> Cells.strip(b.title(), List.of(), b.frames());
            case Block.Overlay b -> Cells.overlay(b);
            case Block.Timeline b -> Cells.timeline(b);
            case Block.Graph b -> graph(b);
            case Block.Mesh b -> mesh(b);
            case Block.Scalar b -> text(b);
            case Block.Table b -> text(b);
            case Block.Spans b -> text(b);
        };
    }

    private static Picture text(Block b) {
        List<String> lines = BlockText.of(b).lines().toList();
        int width = lines.stream().mapToInt(l -> Picture.textWidth(l, 2)).max().orElse(0);
        Picture p = new Picture(width + 24, 24 + lines.size() * Font.HEIGHT * 2);
        for (int i = 0; i < lines.size(); i++) {
            p.text(lines.get(i), 12, 12 + i * Font.HEIGHT * 2, 2, Picture.BLACK);
        }
        return p;
    }

    /** Nodes on a circle. */
    private static Picture graph(Block.Graph b) {
        Picture p = new Picture(800, 800);
        p.text(b.title(), 20, 18, 2, Picture.BLACK);
        int n = b.nodes().size();
        double heaviest =
                java.util.Arrays.stream(b.weights()).map(Math::abs).max().orElse(1);
        for (int e = 0; e < b.edges().size(); e++) {
            double[] from = onCircle(b.edges().get(e)[0], n);
            double[] to = onCircle(b.edges().get(e)[1], n);
            int thickness = e < b.weights().length && heaviest > 0
                    ? 1 + (int) Math.round(3 * Math.abs(b.weights()[e]) / heaviest)
                    : 1;
            p.line(from[0], from[1], to[0], to[1], thickness, Chart.colour(0));
            // the head of the arrow
            p.disc(to[0] + 0.08 * (from[0] - to[0]), to[1] + 0.08 * (from[1] - to[1]), 5, Chart.colour(1));
        }
        for (int i = 0; i < n; i++) {
            double[] at = onCircle(i, n);
            p.disc(at[0], at[1], 7, Picture.BLACK);
            p.text(b.nodes().get(i), (int) at[0] + 10, (int) at[1] - 16, 2, Picture.BLACK);
        }
        return p;
    }

    private static double[] onCircle(int i, int n) {
        double angle = 2 * Math.PI * i / Math.max(1, n) - Math.PI / 2;
        return new double[] {380 + 300 * Math.cos(angle), 420 + 300 * Math.sin(angle)};
    }

    /** Seen from above and aside, without perspective. */
    private static Picture mesh(Block.Mesh b) {
        double[][] flat = b.points().stream()
                .map(q -> new double[] {0.87 * (q[0] - q[1]), 0.5 * (q[0] + q[1]) - q[2]})
                .toArray(double[][]::new);
        Scale x = Scale.around(
                java.util.Arrays.stream(flat).mapToDouble(q -> q[0]).toArray(), false);
        Scale y = Scale.around(
                java.util.Arrays.stream(flat).mapToDouble(q -> q[1]).toArray(), false);
        Picture p = new Picture(700, 740);
        p.text(b.title(), 20, 18, 2, Picture.BLACK);
        double size = 620 / Math.max(x.high() - x.low(), y.high() - y.low());
        for (double[] q : flat) {
            q[0] = 40 + (q[0] - x.low()) * size;
            q[1] = 80 + (q[1] - y.low()) * size;
            p.disc(q[0], q[1], 3, Chart.colour(0));
        }
        b.edges().forEach(e -> p.line(flat[e[0]][0], flat[e[0]][1], flat[e[1]][0], flat[e[1]][1], 1, Picture.BLACK));
        return p;
    }
}
