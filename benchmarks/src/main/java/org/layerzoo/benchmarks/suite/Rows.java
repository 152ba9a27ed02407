package org.layerzoo.benchmarks.suite;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** All rows of the table. */
public final class Rows {
    private Rows() {}

    /** The table of our own kernels; other backends have further rows. */
    public static final String OWN = "cpu-vector";

    /** Those for a backend: our own kernels' table, and for others products on matrix units before them. */
    public static List<Row> of(String backend) {
        List<Row> rows = new ArrayList<>(backend.equals(OWN) ? List.of() : Products.halves());
        rows.addAll(all());
        return rows;
    }

    /** In the table's order. */
    public static List<Row> all() {
        List<Row> rows = new ArrayList<>(Products.rows());
        rows.addAll(Attentions.rows());
        rows.addAll(Streams.rows());
        rows.addAll(Movements.rows());
        rows.addAll(Convolutions.rows());
        rows.addAll(Recurrences.rows());
        return rows;
    }

    /**
     * A backend's rows whose id begins with one of the prefixes; all without any.
     *
     * @throws IllegalArgumentException naming a prefix of no row
     */
    public static List<Row> beginningWith(List<String> prefixes, String backend) {
        List<Row> all = of(backend);
        for (String p : prefixes) {
            if (all.stream().noneMatch(r -> r.id().startsWith(p))) {
                throw new IllegalArgumentException("no row begins with '" + p + "': expected beginnings of "
                        + all.stream().map(Row::id).collect(Collectors.joining(", ")));
            }
        }
        return prefixes.isEmpty()
                ? all
                : all.stream()
                        .filter(r -> prefixes.stream().anyMatch(r.id()::startsWith))
                        .toList();
    }
}
