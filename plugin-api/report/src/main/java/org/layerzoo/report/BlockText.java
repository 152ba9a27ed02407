package org.layerzoo.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.layerzoo.core.report.Block;

/** A block as lines of text for a terminal. */
public final class BlockText {
    private BlockText() {}

    public static String of(Block block) {
        return switch (block) {
            case Block.Scalar b ->
                b.title() + ": " + number(b.value()) + (b.unit().isEmpty() ? "" : " " + b.unit())
                        + (b.paper().isEmpty() ? "" : " (paper: " + b.paper() + ")");
            case Block.Table b -> b.title() + "\n" + columns(b.columns(), b.rows());
            case Block.Spans b ->
                b.title() + "\n" + b.spans().stream().map(BlockText::span).collect(Collectors.joining());
            default -> block.title() + "\n" + columns(BlockCsv.header(block), BlockCsv.rows(block));
        };
    }

    private static String span(Block.Span s) {
        return s.tag().isEmpty() ? s.text() : "[" + s.text() + "|" + s.tag() + "]";
    }

    private static String columns(List<String> header, List<List<String>> rows) {
        List<List<String>> all = new ArrayList<>();
        all.add(header);
        all.addAll(rows);
        StringBuilder out = new StringBuilder();
        for (List<String> row : all) {
            StringBuilder line = new StringBuilder();
            for (int c = 0; c < row.size(); c++) {
                int column = c;
                int width = all.stream()
                        .filter(r -> r.size() > column)
                        .mapToInt(r -> r.get(column).length())
                        .max()
                        .orElse(0);
                line.append(row.get(c)).append(" ".repeat(width - row.get(c).length() + 2));
            }
            out.append(line.toString().stripTrailing()).append('\n');
        }
        return out.toString();
    }

    /** Six significant digits, without trailing zeros. */
    static String number(double v) {
        if (v == Math.rint(v) && Math.abs(v) < 1e9) {
            return Long.toString((long) v);
        }
        String s = String.format(Locale.ROOT, "%.6g", v);
        return s.contains(".") && !s.contains("e") ? s.replaceAll("0+$", "").replaceAll("\\.$", "") : s;
    }
}
