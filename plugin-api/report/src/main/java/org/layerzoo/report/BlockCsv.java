package org.layerzoo.report;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import org.layerzoo.core.report.Block;

/** The numbers of a block as rows, one observation a row (RFC 4180). */
public final class BlockCsv {
    private BlockCsv() {}

    public static String of(Block b) {
        StringBuilder out = new StringBuilder(line(header(b)));
        rows(b).forEach(r -> out.append(line(r)));
        return out.toString();
    }

    private static String line(List<String> cells) {
        return cells.stream().map(BlockCsv::quoted).collect(Collectors.joining(",")) + "\r\n";
    }

    private static String quoted(String s) {
        return s.matches("(?s).*[\",\r\n].*") ? '"' + s.replace("\"", "\"\"") + '"' : s;
    }

    static List<String> header(Block block) {
        return switch (block) {
            case Block.Scalar b -> List.of("name", "value", "unit", "paper");
            case Block.Table b -> b.columns();
            case Block.Curves b -> List.of("line", "x", "y", "low", "high");
            case Block.Trajectory b -> List.of("line", "x", "y", "low", "high");
            case Block.HeatMap b -> List.of("row", "column", "value");
            case Block.Spectrogram b -> List.of("row", "column", "value");
            case Block.ImageStrip b -> List.of("image", "y", "x", "channels");
            case Block.FilmStrip b -> List.of("image", "y", "x", "channels");
            case Block.Overlay b -> List.of("label", "x0", "y0", "x1", "y1");
            case Block.Mesh b -> List.of("kind", "a", "b", "c");
            case Block.Graph b -> List.of("from", "to", "weight");
            case Block.Spans b -> List.of("text", "tag", "weight");
            case Block.Timeline b -> List.of("row", "start", "end", "label");
            case Block.Scatter b -> List.of("name", "x", "y");
        };
    }

    static List<List<String>> rows(Block block) {
        return switch (block) {
            case Block.Scalar b -> List.of(List.of(b.title(), n(b.value()), b.unit(), b.paper()));
            case Block.Table b -> b.rows();
            case Block.Curves b -> lines(b.lines());
            case Block.Trajectory b -> lines(b.paths());
            case Block.HeatMap b -> grid(b.values(), b.rows(), b.columns());
            case Block.Spectrogram b -> grid(b.values(), List.of(), List.of());
            case Block.ImageStrip b -> pixels(b.images());
            case Block.FilmStrip b -> pixels(b.frames());
            case Block.Overlay b -> boxes(b);
            case Block.Mesh b -> mesh(b);
            case Block.Graph b -> edges(b);
            case Block.Spans b ->
                b.spans().stream()
                        .map(s -> List.of(s.text(), s.tag(), n(s.weight())))
                        .toList();
            case Block.Timeline b ->
                b.bars().stream()
                        .map(r -> List.of(n(r.row()), n(r.start()), n(r.end()), r.label()))
                        .toList();
            case Block.Scatter b -> points(b);
        };
    }

    private static String n(double v) {
        return v == Math.rint(v) && Math.abs(v) < 1e15
                ? Long.toString((long) v)
                : Double.isNaN(v) ? "" : Double.toString(v);
    }

    private static List<List<String>> lines(List<Block.Line> lines) {
        List<List<String>> out = new ArrayList<>();
        for (Block.Line l : lines) {
            for (int i = 0; i < l.x().length; i++) {
                boolean band = l.low().length == l.x().length;
                out.add(List.of(
                        l.name(), n(l.x()[i]), n(l.y()[i]), band ? n(l.low()[i]) : "", band ? n(l.high()[i]) : ""));
            }
        }
        return out;
    }

    private static List<List<String>> grid(double[][] values, List<String> rows, List<String> columns) {
        List<List<String>> out = new ArrayList<>();
        for (int r = 0; r < values.length; r++) {
            for (int c = 0; c < values[r].length; c++) {
                out.add(List.of(
                        r < rows.size() ? rows.get(r) : n(r),
                        c < columns.size() ? columns.get(c) : n(c),
                        n(values[r][c])));
            }
        }
        return out;
    }

    private static List<List<String>> pixels(List<double[][][]> images) {
        List<List<String>> out = new ArrayList<>();
        for (int i = 0; i < images.size(); i++) {
            for (int y = 0; y < images.get(i).length; y++) {
                for (int x = 0; x < images.get(i)[y].length; x++) {
                    out.add(List.of(
                            n(i),
                            n(y),
                            n(x),
                            DoubleStream.of(images.get(i)[y][x])
                                    .mapToObj(BlockCsv::n)
                                    .collect(Collectors.joining(" "))));
                }
            }
        }
        return out;
    }

    private static List<List<String>> boxes(Block.Overlay b) {
        List<List<String>> out = new ArrayList<>();
        for (int i = 0; i < b.boxes().size(); i++) {
            double[] q = b.boxes().get(i);
            out.add(List.of(i < b.labels().size() ? b.labels().get(i) : "", n(q[0]), n(q[1]), n(q[2]), n(q[3])));
        }
        return out;
    }

    private static List<List<String>> mesh(Block.Mesh b) {
        List<List<String>> out = new ArrayList<>();
        b.points().forEach(p -> out.add(List.of("point", n(p[0]), n(p[1]), n(p[2]))));
        b.edges().forEach(e -> out.add(List.of("edge", n(e[0]), n(e[1]), "")));
        return out;
    }

    private static List<List<String>> edges(Block.Graph b) {
        List<List<String>> out = new ArrayList<>();
        for (int i = 0; i < b.edges().size(); i++) {
            int[] e = b.edges().get(i);
            out.add(List.of(b.nodes().get(e[0]), b.nodes().get(e[1]), i < b.weights().length ? n(b.weights()[i]) : ""));
        }
        return out;
    }

    private static List<List<String>> points(Block.Scatter b) {
        List<List<String>> out = new ArrayList<>();
        for (int i = 0; i < b.x().length; i++) {
            out.add(List.of(b.names().get(i), n(b.x()[i]), n(b.y()[i])));
        }
        return out;
    }
}
