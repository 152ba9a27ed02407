package org.layerzoo.plugins.longrangearena.check;

import org.layerzoo.train.task.ClassTask;

/** Multinomial logistic regression on the shares of tokens, trained sample by sample. */
final class Bag {
    private final int vocab;
    private final double[][] w;

    Bag(int vocab, int classes) {
        this.vocab = vocab;
        this.w = new double[classes][vocab + 1];
    }

    private double[] features(ClassTask.Sample s) {
        double[] f = new double[vocab + 1];
        long[] ids = s.sequences().getFirst();
        for (long id : ids) {
            f[(int) id] += (double) vocab / ids.length;
        }
        f[vocab] = 1;
        return f;
    }

    private double[] probabilities(double[] f) {
        double[] p = new double[w.length];
        double sum = 0;
        for (int k = 0; k < w.length; k++) {
            double z = 0;
            for (int j = 0; j < f.length; j++) {
                z += w[k][j] * f[j];
            }
            p[k] = Math.exp(z);
            sum += p[k];
        }
        for (int k = 0; k < w.length; k++) {
            p[k] /= sum;
        }
        return p;
    }

    void learn(ClassTask.Sample s, double rate) {
        double[] f = features(s);
        double[] p = probabilities(f);
        for (int k = 0; k < w.length; k++) {
            double g = p[k] - (k == s.label() ? 1 : 0);
            for (int j = 0; j < f.length; j++) {
                w[k][j] -= rate * 0.05 * g * f[j];
            }
        }
    }

    int answer(ClassTask.Sample s) {
        double[] p = probabilities(features(s));
        int best = 0;
        for (int k = 1; k < p.length; k++) {
            best = p[k] > p[best] ? k : best;
        }
        return best;
    }
}
