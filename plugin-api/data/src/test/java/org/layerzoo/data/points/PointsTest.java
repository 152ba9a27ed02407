package org.layerzoo.data.points;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.layerzoo.data.Rng;

class PointsTest {
    private static double[][] draw(long seed, int n) {
        Rng rng = Rng.of(seed, n);
        double[][] p = new double[n][2];
        for (double[] x : p) {
            x[0] = rng.nextDouble();
            x[1] = rng.nextDouble();
        }
        return p;
    }

    @Test
    void aSquareWithItsMiddleHasFourTriangles() {
        double[][] p = {{0, 0}, {1, 0}, {1, 1}, {0, 1}, {0.5, 0.5}};
        // Left, bottom, top, right: incenters by x, then y.
        assertEquals(List.of(1, 4, 5, 1, 2, 5, 3, 4, 5, 2, 3, 5), Triangulation.delaunay(p));
    }

    @Test
    void trianglesTileTheHull() {
        for (int n : new int[] {3, 5, 8, 20}) {
            double[][] p = draw(7, n);
            List<Integer> all = Triangulation.delaunay(p);
            int corners = PointTargets.hull(p).size();
            assertEquals(3 * (2 * n - 2 - corners), all.size());
            double sum = 0;
            for (int i = 0; i < all.size(); i += 3) {
                sum += Polygon.of(p, all.subList(i, i + 3)).area();
                assertTrue(all.get(i) < all.get(i + 1) && all.get(i + 1) < all.get(i + 2));
            }
            assertEquals(Polygon.of(p, PointTargets.hull(p)).area(), sum, 1e-12);
        }
    }

    @Test
    void coverageCountsRightTrianglesInAnyOrder() {
        List<Integer> right = List.of(1, 2, 3, 2, 3, 4);
        assertEquals(1, Triangulation.coverage(right, List.of(4, 2, 3, 3, 1, 2)));
        assertTrue(Triangulation.same(right, List.of(4, 2, 3, 3, 1, 2)));
        assertEquals(0.5, Triangulation.coverage(right, List.of(1, 2, 3, 1, 3, 4, 2)));
        assertFalse(Triangulation.same(right, List.of(1, 2, 3, 1, 2, 3)));
    }

    /** Shortest over all orders of the points behind the first. */
    private static double exhaustive(double[][] p, List<Integer> tour, Set<Integer> left) {
        if (left.isEmpty()) {
            return Tours.length(p, tour);
        }
        double best = Double.POSITIVE_INFINITY;
        for (int i : Set.copyOf(left)) {
            List<Integer> longer = new ArrayList<>(tour);
            longer.add(i);
            Set<Integer> fewer = new HashSet<>(left);
            fewer.remove(i);
            best = Math.min(best, exhaustive(p, longer, fewer));
        }
        return best;
    }

    @Test
    void shortToursAreOptimal() {
        for (int n : new int[] {1, 2, 3, 7}) {
            for (long seed = 0; seed < 5; seed++) {
                double[][] p = draw(seed, n);
                Set<Integer> rest =
                        new HashSet<>(IntStream.rangeClosed(2, n).boxed().toList());
                List<Integer> tour = Tours.shortest(p);
                assertEquals(exhaustive(p, List.of(1), rest), Tours.length(p, tour), 1e-12);
                assertEquals(1, tour.getFirst());
                assertTrue(n < 3 || tour.get(1) < tour.getLast());
            }
        }
    }

    @Test
    void longToursVisitAllPointsAndDoNotCross() {
        double[][] p = draw(3, 30);
        List<Integer> tour = Tours.shortest(p);
        assertEquals(
                IntStream.rangeClosed(1, 30).boxed().toList(),
                tour.stream().sorted().toList());
        assertTrue(Polygon.of(p, tour).simple());
    }

    @Test
    void aPolygonIsSimpleUnlessItsEdgesMeet() {
        double[][] p = {{0, 0}, {1, 0}, {1, 1}, {0, 1}, {0.5, 0}};
        assertEquals(1, Polygon.of(p, List.of(1, 2, 3, 4)).area(), 1e-15);
        assertTrue(Polygon.of(p, List.of(1, 2, 3, 4)).simple());
        assertTrue(Polygon.of(p, List.of(1, 5, 2, 3)).simple());
        assertFalse(Polygon.of(p, List.of(1, 3, 2, 4)).simple(), "crossing");
        assertFalse(Polygon.of(p, List.of(1, 2, 5, 3)).simple(), "back over itself");
        assertFalse(Polygon.of(p, List.of(1, 2, 3, 5)).simple(), "its last edge over its first");
        assertFalse(Polygon.of(p, List.of(1, 2, 1)).simple(), "a corner twice");
        assertFalse(Polygon.of(p, List.of(1, 2)).simple(), "two corners");
    }
}
