package org.layerzoo.plugins.nasefficienttransformers;

import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** Which of two networks has the lower loss: logistic regression without intercept on the difference of their features. */
public final class Ranker {
    private static final double PENALTY = 1e-2;
    private static final double KEPT = 0.8;
    private static final int STEPS = 300;

    private final double[] weights;

    private Ranker(double[] weights) {
        this.weights = weights;
    }

    /** Fitted on all pairs, then again on the four fifths of the features with the largest weights. */
    public static Ranker fit(List<double[]> features, double[] losses) {
        double[] w = descend(
                features, losses, IntStream.range(0, features.getFirst().length).toArray());
        int[] kept = IntStream.range(0, w.length)
                .boxed()
                .sorted(Comparator.comparingDouble(i -> -Math.abs(w[i])))
                .limit((long) Math.ceil(KEPT * w.length))
                .mapToInt(i -> i)
                .toArray();
        return new Ranker(descend(features, losses, kept));
    }

    /** Higher for what is thought better. */
    public double score(double[] features) {
        return dot(weights, features);
    }

    private static double dot(double[] a, double[] b) {
        return IntStream.range(0, a.length).mapToDouble(i -> a[i] * b[i]).sum();
    }

    private static double[] descend(List<double[]> x, double[] losses, int[] kept) {
        double[] w = new double[x.getFirst().length];
        int n = x.size();
        for (int step = 0; step < STEPS; step++) {
            // Down the sum over pairs of the logistic loss and PENALTY |w|^2 / 2, over the number of pairs.
            // Per network: sum over its pairs of how far the guess is from which is better.
            double[] score = x.stream().mapToDouble(f -> dot(w, f)).toArray();
            double[] pull = new double[n];
            for (int i = 0; i < n; i++) {
                for (int j = 0; j < i; j++) {
                    double target = losses[i] < losses[j] ? 1 : losses[i] > losses[j] ? 0 : 0.5;
                    double error = target - 1 / (1 + Math.exp(score[j] - score[i]));
                    pull[i] += error;
                    pull[j] -= error;
                }
            }
            double pairs = n * (n - 1) / 2.0;
            for (int k : kept) {
                double slope = -PENALTY * w[k] / pairs;
                for (int i = 0; i < n; i++) {
                    slope += pull[i] * x.get(i)[k] / pairs;
                }
                w[k] += 4 * slope;
            }
        }
        return w;
    }

    /** Kendall's tau between scores and losses: 1 when better scores always mean lower losses. */
    public static double tau(double[] scores, double[] losses) {
        double sum = 0;
        int n = scores.length;
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < i; j++) {
                sum += Math.signum(scores[i] - scores[j]) * Math.signum(losses[j] - losses[i]);
            }
        }
        return sum / (n * (n - 1) / 2.0);
    }
}
