package org.layerzoo.data.points;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Delaunay triangulations of points in general position, as indices 1..n, three a triangle. */
public final class Triangulation {
    /** Indices from 0, increasing, and the centre of the inscribed circle. */
    private record Triangle(int a, int b, int c, double x, double y) {
        static Triangle of(double[][] p, int a, int b, int c) {
            double u = distance(p[b], p[c]);
            double v = distance(p[a], p[c]);
            double w = distance(p[a], p[b]);
            double sum = u + v + w;
            return new Triangle(
                    a,
                    b,
                    c,
                    (u * p[a][0] + v * p[b][0] + w * p[c][0]) / sum,
                    (u * p[a][1] + v * p[b][1] + w * p[c][1]) / sum);
        }
    }

    private Triangulation() {}

    /** Triangles whose circumscribed circle holds no point, by x and then y of their incenters; each in increasing order. */
    public static List<Integer> delaunay(double[][] p) {
        List<Triangle> found = new ArrayList<>();
        for (int a = 0; a < p.length; a++) {
            for (int b = a + 1; b < p.length; b++) {
                for (int c = b + 1; c < p.length; c++) {
                    if (empty(p, a, b, c)) {
                        found.add(Triangle.of(p, a, b, c));
                    }
                }
            }
        }
        found.sort(Comparator.comparingDouble(Triangle::x).thenComparingDouble(Triangle::y));
        return found.stream()
                .flatMap(t -> List.of(t.a + 1, t.b + 1, t.c + 1).stream())
                .toList();
    }

    /** The share of the right triangles that an answer names; an open one at its end doesn't count. */
    public static double coverage(List<Integer> right, List<Integer> given) {
        Set<Set<Integer>> all = triangles(right);
        Set<Set<Integer>> hit = triangles(given);
        hit.retainAll(all);
        return (double) hit.size() / all.size();
    }

    /** Whether an answer names the right triangles and no other, in any order. */
    public static boolean same(List<Integer> right, List<Integer> given) {
        return given.size() == right.size() && triangles(given).equals(triangles(right));
    }

    private static Set<Set<Integer>> triangles(List<Integer> indices) {
        Set<Set<Integer>> out = new HashSet<>();
        for (int i = 0; i + 3 <= indices.size(); i += 3) {
            out.add(new HashSet<>(indices.subList(i, i + 3)));
        }
        return out;
    }

    private static boolean empty(double[][] p, int a, int b, int c) {
        double turn = (p[b][0] - p[a][0]) * (p[c][1] - p[a][1]) - (p[b][1] - p[a][1]) * (p[c][0] - p[a][0]);
        if (turn == 0) {
            return false;
        }
        for (int i = 0; i < p.length; i++) {
            if (i != a && i != b && i != c && turn * inCircle(p[a], p[b], p[c], p[i]) > 0) {
                return false;
            }
        }
        return true;
    }

    /** Above 0 where q lies within the circle through a, b, c in counter-clockwise order. */
    private static double inCircle(double[] a, double[] b, double[] c, double[] q) {
        double[][] m = {row(a, q), row(b, q), row(c, q)};
        return m[0][0] * (m[1][1] * m[2][2] - m[1][2] * m[2][1])
                - m[0][1] * (m[1][0] * m[2][2] - m[1][2] * m[2][0])
                + m[0][2] * (m[1][0] * m[2][1] - m[1][1] * m[2][0]);
    }

    private static double[] row(double[] a, double[] q) {
        double x = a[0] - q[0];
        double y = a[1] - q[1];
        return new double[] {x, y, x * x + y * y};
    }

    private static double distance(double[] a, double[] b) {
        return Math.hypot(a[0] - b[0], a[1] - b[1]);
    }
}
