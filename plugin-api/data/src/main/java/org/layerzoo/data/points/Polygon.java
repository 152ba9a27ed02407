package org.layerzoo.data.points;

import java.util.List;

/** A polygon through points. */
public record Polygon(List<double[]> corners) {
    public Polygon {
        corners = List.copyOf(corners);
    }

    /** Through those of the indices 1..n, in that order. */
    public static Polygon of(double[][] p, List<Integer> indices) {
        return new Polygon(indices.stream().map(i -> p[i - 1]).toList());
    }

    public double area() {
        double sum = 0;
        for (int i = 0; i < corners.size(); i++) {
            double[] a = corners.get(i);
            double[] b = corners.get((i + 1) % corners.size());
            sum += a[0] * b[1] - b[0] * a[1];
        }
        return Math.abs(sum) / 2;
    }

    /** Whether it has three corners or more and its edges meet at common corners alone. */
    public boolean simple() {
        int n = corners.size();
        for (int i = 0; i < n; i++) {
            for (int j = i + 1; j < n; j++) {
                boolean neighbours = j == i + 1 || i == 0 && j == n - 1;
                if (neighbours ? folded(i, j) : meet(i, j)) {
                    return false;
                }
            }
        }
        return n > 2;
    }

    private double[] corner(int i) {
        return corners.get(i % corners.size());
    }

    /** Two edges with a common corner that run back over one another. */
    private boolean folded(int i, int j) {
        int first = j == i + 1 ? i : j;
        double[] a = corner(first);
        double[] b = corner(first + 1);
        double[] c = corner(first + 2);
        boolean back = (a[0] - b[0]) * (c[0] - b[0]) + (a[1] - b[1]) * (c[1] - b[1]) >= 0;
        return turn(a, b, c) == 0 && back;
    }

    private boolean meet(int i, int j) {
        double[] a = corner(i);
        double[] b = corner(i + 1);
        double[] c = corner(j);
        double[] d = corner(j + 1);
        return turn(a, b, c) * turn(a, b, d) <= 0 && turn(c, d, a) * turn(c, d, b) <= 0 && overlap(a, b, c, d);
    }

    /** Whether the boxes around both edges overlap: edges on one line have no other difference. */
    private static boolean overlap(double[] a, double[] b, double[] c, double[] d) {
        for (int k = 0; k < 2; k++) {
            if (Math.max(a[k], b[k]) < Math.min(c[k], d[k]) || Math.max(c[k], d[k]) < Math.min(a[k], b[k])) {
                return false;
            }
        }
        return true;
    }

    private static double turn(double[] a, double[] b, double[] c) {
        return Math.signum((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]));
    }
}
