package org.layerzoo.data.points;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** Right answers about points and scalars as indices 1..n. */
public final class PointTargets {
    private PointTargets() {}

    /** Order of scalars, smallest first. */
    public static List<Integer> sorted(double[] x) {
        return IntStream.rangeClosed(1, x.length)
                .boxed()
                .sorted(Comparator.comparingDouble((Integer i) -> x[i - 1]))
                .toList();
    }

    /** Order of points by their first number. */
    public static List<Integer> sorted(double[][] p) {
        return sorted(Arrays.stream(p).mapToDouble(x -> x[0]).toArray());
    }

    /** Corners of the convex hull, counter-clockwise from the lowest index; points on an edge are not corners. */
    public static List<Integer> hull(double[][] p) {
        List<Integer> order = IntStream.rangeClosed(1, p.length)
                .boxed()
                .sorted(Comparator.comparingDouble((Integer i) -> p[i - 1][0]).thenComparingDouble(i -> p[i - 1][1]))
                .toList();
        List<Integer> corners = chain(p, order);
        List<Integer> upper = chain(p, order.reversed());
        corners.removeLast();
        upper.removeLast();
        corners.addAll(upper);
        int first = corners.indexOf(corners.stream().min(Integer::compare).orElseThrow());
        List<Integer> out = new ArrayList<>(corners.subList(first, corners.size()));
        out.addAll(corners.subList(0, first));
        return out;
    }

    private static List<Integer> chain(double[][] p, List<Integer> order) {
        List<Integer> c = new ArrayList<>();
        for (int i : order) {
            while (c.size() > 1 && cross(p[c.get(c.size() - 2) - 1], p[c.getLast() - 1], p[i - 1]) <= 0) {
                c.removeLast();
            }
            c.add(i);
        }
        return c;
    }

    private static double cross(double[] a, double[] b, double[] c) {
        return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
    }
}
