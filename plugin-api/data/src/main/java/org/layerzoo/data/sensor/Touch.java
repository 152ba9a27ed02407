package org.layerzoo.data.sensor;

import org.layerzoo.data.Rng;

/**
 * A skin of six sensors that saturate, drift and lag behind, asked for the force in three directions (the kind of task of "Hierarchical
 * State Space Models for Continuous Sequence-to-Sequence Modeling", 2024, section 5): x = tanh(W s + d) and noise, where s follows the force f
 * with a play of {@link #PLAY} (it moves only when f leaves s +- PLAY), d is a random walk and W is the same in all samples. f is a sum of
 * three waves of 1 to 8 periods in 200 readings.
 *
 * @param length readings L
 * @param ratio readings k an answer
 */
public record Touch(int length, int ratio) implements Sensor {
    public static final int SENSORS = 6;
    public static final int FORCES = 3;
    public static final double PLAY = 0.3;

    private static final int WAVES = 3;
    private static final double[][] MAP = map();

    public Touch {
        Sensor.divides(length, ratio);
    }

    private static double[][] map() {
        Rng rng = Rng.of(SENSORS, FORCES);
        double[][] w = new double[SENSORS][FORCES];
        for (double[] row : w) {
            for (int i = 0; i < FORCES; i++) {
                row[i] = rng.nextGaussian();
            }
        }
        return w;
    }

    @Override
    public Sample draw(Rng rng) {
        double[][] force = new double[length][FORCES];
        double[][] lagging = new double[length][FORCES];
        for (int k = 0; k < FORCES; k++) {
            waves(force, k, rng);
            double s = 0;
            for (int i = 0; i < length; i++) {
                s = Math.clamp(s, force[i][k] - PLAY, force[i][k] + PLAY);
                lagging[i][k] = s;
            }
        }
        double[][] x = new double[length][SENSORS];
        for (int j = 0; j < SENSORS; j++) {
            double drift = 0;
            for (int i = 0; i < length; i++) {
                drift += 0.01 * rng.nextGaussian();
                double sum = drift;
                for (int k = 0; k < FORCES; k++) {
                    sum += MAP[j][k] * lagging[i][k];
                }
                x[i][j] = StrictMath.tanh(sum) + 0.05 * rng.nextGaussian();
            }
        }
        double[][] y = new double[length / ratio][];
        for (int j = 0; j < y.length; j++) {
            y[j] = force[(j + 1) * ratio - 1];
        }
        return new Sample(x, y);
    }

    private static void waves(double[][] force, int k, Rng rng) {
        for (int m = 0; m < WAVES; m++) {
            double height = rng.nextGaussian() * StrictMath.sqrt(1.0 / WAVES);
            double turn = 2 * Math.PI * (1 + 7 * rng.nextDouble()) / 200;
            double phase = 2 * Math.PI * rng.nextDouble();
            for (int i = 0; i < force.length; i++) {
                force[i][k] += height * StrictMath.sin(turn * i + phase);
            }
        }
    }

    @Override
    public double power() {
        return 0.5;
    }
}
