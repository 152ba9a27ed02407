package org.layerzoo.train.task;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.layerzoo.core.spi.Metric;
import org.layerzoo.data.points.PointTargets;
import org.layerzoo.data.points.Polygon;
import org.layerzoo.data.points.Tours;
import org.layerzoo.data.points.Triangulation;
import org.layerzoo.train.task.PointTask.Question;

/** The questions of "Pointer Networks" (Vinyals et al., 2015, section 3) and their scores. */
public final class PointQuestions {
    private PointQuestions() {}

    /** The order of scalars, smallest first. */
    public static Question sort() {
        return new Question(1, PointTargets::sorted);
    }

    /** The corners of the convex hull; {@code simple} and {@code area}. */
    public static Question hull() {
        return new Question(2, PointTargets::hull, n -> n, false, Optional.of(PointQuestions::hull));
    }

    /** Triangles sorted by their incenters; {@code triangles_same} and {@code triangle_coverage}. */
    public static Question delaunay() {
        return new Question(
                2, Triangulation::delaunay, n -> 3 * (2 * n - 5), false, Optional.of(PointQuestions::triangles));
    }

    /** A short closed tour from the first point; {@code tour_length} and {@code target_length}. */
    public static Question tour() {
        return new Question(2, Tours::shortest, n -> n, true, Optional.of(PointQuestions::tour));
    }

    /** Whether the answer is a simple polygon, and the share of the hull's area that it covers if so, else 0. */
    private static Map<String, Metric.Sum> hull(double[][] p, List<Integer> right, List<Integer> given) {
        Polygon answer = Polygon.of(p, given);
        boolean simple = answer.simple();
        double area = simple ? answer.area() / Polygon.of(p, right).area() : 0;
        return Map.of("simple", new Metric.Sum(simple ? 1 : 0, 1), "area", new Metric.Sum(area, 1));
    }

    /** Whether it is the right set of triangles, and the share of them that it has. */
    private static Map<String, Metric.Sum> triangles(double[][] p, List<Integer> right, List<Integer> given) {
        return Map.of(
                "triangles_same", new Metric.Sum(Triangulation.same(right, given) ? 1 : 0, 1),
                "triangle_coverage", new Metric.Sum(Triangulation.coverage(right, given), 1));
    }

    /** Mean lengths of the tours that are decoded over unvisited points, and of the targets. */
    private static Map<String, Metric.Sum> tour(double[][] p, List<Integer> right, List<Integer> given) {
        return Map.of(
                "tour_length", new Metric.Sum(Tours.length(p, given), 1),
                "target_length", new Metric.Sum(Tours.length(p, right), 1));
    }
}
