package org.layerzoo.plugins.longrangearena;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.report.Block;

/** Accuracies as the paper's table 1 has them: one row a mixer, Path-X as FAIL where it is not above chance, the mean of the rest. */
public final class ArenaTable {
    /** Tasks in the table's order. */
    public static final List<String> TASKS = List.of("listops", "text", "retrieval", "image", "pathfinder", "path-x");

    private static final String OPTIONAL = "path-x";

    /** Above this Path-X counts as learned; guessing gives 0.5. */
    private static final double LEARNED = 0.52;

    private ArenaTable() {}

    /** Mean of the tasks; Path-X enters only when it was learned. */
    public static double average(Map<String, Double> accuracy) {
        return TASKS.stream()
                .filter(t -> !fails(t, accuracy))
                .mapToDouble(t -> of(t, accuracy))
                .average()
                .orElseThrow();
    }

    private static boolean fails(String task, Map<String, Double> accuracy) {
        return task.equals(OPTIONAL) && accuracy.getOrDefault(task, 0.0) <= LEARNED;
    }

    private static double of(String task, Map<String, Double> accuracy) {
        Double a = accuracy.get(task);
        if (a == null) {
            throw ZooException.badArgument(
                    "the average needs an accuracy of '" + task + "': given " + accuracy.keySet());
        }
        return a;
    }

    /** In per cent with two digits. */
    public static Block.Table of(Map<String, Map<String, Double>> byMixer) {
        List<String> columns = new ArrayList<>(List.of("model"));
        columns.addAll(TASKS);
        columns.add("avg");
        List<List<String>> rows = new ArrayList<>();
        byMixer.forEach((mixer, accuracy) -> {
            List<String> row = new ArrayList<>(List.of(mixer));
            TASKS.forEach(t -> row.add(fails(t, accuracy) ? "FAIL" : percent(of(t, accuracy))));
            row.add(percent(average(accuracy)));
            rows.add(row);
        });
        return new Block.Table("Long Range Arena", columns, rows);
    }

    private static String percent(double a) {
        return String.format(Locale.ROOT, "%.2f", 100 * a);
    }
}
