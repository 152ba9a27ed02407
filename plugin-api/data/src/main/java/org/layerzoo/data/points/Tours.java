package org.layerzoo.data.points;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;

/** Closed tours through all points as indices 1..n, from 1 and on to the lower one of its neighbours. */
public final class Tours {
    /** Up to so many points tours are optimal (Held and Karp, 1962), above they are what 2-opt makes of the nearest neighbour's. */
    public static final int EXACT = 12;

    private Tours() {}

    public static List<Integer> shortest(double[][] p) {
        double[][] d = new double[p.length][p.length];
        for (int i = 0; i < p.length; i++) {
            for (int j = 0; j < p.length; j++) {
                d[i][j] = Math.hypot(p[i][0] - p[j][0], p[i][1] - p[j][1]);
            }
        }
        int[] tour = p.length <= EXACT ? heldKarp(d) : twoOpt(d, nearest(d));
        if (tour.length > 2 && tour[1] > tour[tour.length - 1]) {
            reverse(tour, 1, tour.length - 1);
        }
        return Arrays.stream(tour).mapToObj(i -> i + 1).toList();
    }

    /** The length of a tour, the way back included. */
    public static double length(double[][] p, List<Integer> tour) {
        double sum = 0;
        for (int i = 0; i < tour.size(); i++) {
            double[] a = p[tour.get(i) - 1];
            double[] b = p[tour.get((i + 1) % tour.size()) - 1];
            sum += Math.hypot(a[0] - b[0], a[1] - b[1]);
        }
        return sum;
    }

    /** best[s][j]: the shortest way from point 0 through all of set s, a set of points from 1, to j in it. */
    private static int[] heldKarp(double[][] d) {
        int n = d.length - 1;
        double[][] best = new double[1 << n][n];
        int[][] before = new int[1 << n][n];
        for (int s = 1; s < 1 << n; s++) {
            for (int j = 0; j < n; j++) {
                best[s][j] = s == 1 << j ? d[0][j + 1] : Double.POSITIVE_INFINITY;
                int rest = s & ~(1 << j);
                for (int i = 0; (s >> j & 1) == 1 && i < n; i++) {
                    double way = (rest >> i & 1) == 1 ? best[rest][i] + d[i + 1][j + 1] : Double.POSITIVE_INFINITY;
                    if (way < best[s][j]) {
                        best[s][j] = way;
                        before[s][j] = i;
                    }
                }
            }
        }
        return n == 0 ? new int[1] : unwound(d, best[(1 << n) - 1], before);
    }

    private static int[] unwound(double[][] d, double[] best, int[][] before) {
        int n = best.length;
        int last = IntStream.range(0, n)
                .boxed()
                .min(java.util.Comparator.comparingDouble(j -> best[j] + d[j + 1][0]))
                .orElseThrow();
        int[] tour = new int[n + 1];
        int s = (1 << n) - 1;
        for (int at = n; at > 0; at--) {
            tour[at] = last + 1;
            int previous = before[s][last];
            s &= ~(1 << last);
            last = previous;
        }
        return tour;
    }

    private static int[] nearest(double[][] d) {
        List<Integer> rest =
                new ArrayList<>(IntStream.range(1, d.length).boxed().toList());
        int[] tour = new int[d.length];
        for (int i = 1; i < tour.length; i++) {
            int from = tour[i - 1];
            tour[i] = Collections.min(rest, java.util.Comparator.comparingDouble((Integer j) -> d[from][j]));
            rest.remove(Integer.valueOf(tour[i]));
        }
        return tour;
    }

    /** Turns stretches round as long as that shortens the tour. */
    private static int[] twoOpt(double[][] d, int[] tour) {
        int n = tour.length;
        boolean better = true;
        while (better) {
            better = false;
            for (int i = 1; i < n - 1; i++) {
                for (int j = i + 1; j < n; j++) {
                    int next = tour[(j + 1) % n];
                    double gain =
                            d[tour[i - 1]][tour[i]] + d[tour[j]][next] - d[tour[i - 1]][tour[j]] - d[tour[i]][next];
                    if (gain > 1e-12) {
                        reverse(tour, i, j);
                        better = true;
                    }
                }
            }
        }
        return tour;
    }

    private static void reverse(int[] tour, int from, int to) {
        for (int i = from, j = to; i < j; i++, j--) {
            int t = tour[i];
            tour[i] = tour[j];
            tour[j] = t;
        }
    }
}
