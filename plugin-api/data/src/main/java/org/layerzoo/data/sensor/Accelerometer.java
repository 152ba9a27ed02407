package org.layerzoo.data.sensor;

import org.layerzoo.data.Rng;

/**
 * Three axes of an accelerometer at 200 Hz with noise and drift, asked for the velocity (the kind of task of "Hierarchical State Space
 * Models for Continuous Sequence-to-Sequence Modeling", 2024, section 5). A body at rest begins to swing: an axis has velocity
 * sum_m A_m (sin(2 pi f_m t + p_m) - sin p_m) over three m, A_m ~ N(0, 1/6), f_m from 0.2 to 2 Hz; its reading is the acceleration over
 * {@link #SCALE}, a constant error, a random walk and white noise.
 *
 * @param length readings L
 * @param ratio readings k an answer
 */
public record Accelerometer(int length, int ratio) implements Sensor {
    public static final int AXES = 3;
    /** Acceleration, in units of velocity a second, that reads 1. */
    public static final double SCALE = 4;

    private static final double RATE = 200;
    private static final int WAVES = 3;
    private static final double LOW = 0.2;
    private static final double HIGH = 2;

    public Accelerometer {
        Sensor.divides(length, ratio);
    }

    /** Velocity at a time, and the acceleration. */
    private record Swing(double[] height, double[] turn, double[] phase) {
        static Swing draw(Rng rng) {
            Swing s = new Swing(new double[WAVES], new double[WAVES], new double[WAVES]);
            for (int m = 0; m < WAVES; m++) {
                s.height[m] = rng.nextGaussian() * StrictMath.sqrt(1.0 / (2 * WAVES));
                s.turn[m] = 2 * Math.PI * (LOW + (HIGH - LOW) * rng.nextDouble());
                s.phase[m] = 2 * Math.PI * rng.nextDouble();
            }
            return s;
        }

        double velocity(double t) {
            double v = 0;
            for (int m = 0; m < WAVES; m++) {
                v += height[m] * (StrictMath.sin(turn[m] * t + phase[m]) - StrictMath.sin(phase[m]));
            }
            return v;
        }

        double acceleration(double t) {
            double a = 0;
            for (int m = 0; m < WAVES; m++) {
                a += height[m] * turn[m] * StrictMath.cos(turn[m] * t + phase[m]);
            }
            return a;
        }
    }

    @Override
    public Sample draw(Rng rng) {
        double[][] x = new double[length][AXES];
        double[][] y = new double[length / ratio][AXES];
        for (int axis = 0; axis < AXES; axis++) {
            Swing s = Swing.draw(rng);
            double drift = 0.1 * rng.nextGaussian();
            for (int i = 0; i < length; i++) {
                drift += 0.005 * rng.nextGaussian();
                x[i][axis] = s.acceleration(i / RATE) / SCALE + drift + 0.3 * rng.nextGaussian();
                if ((i + 1) % ratio == 0) {
                    y[i / ratio][axis] = s.velocity(i / RATE);
                }
            }
        }
        return new Sample(x, y);
    }

    /** 1/2 E(1 - cos(2 pi f t)) over the frequencies and the times that are asked about. */
    @Override
    public double power() {
        double sum = 0;
        int answers = length / ratio;
        for (int j = 0; j < answers; j++) {
            double t = 2 * Math.PI * ((j + 1) * ratio - 1) / RATE;
            double mean = t == 0 ? 1 : (StrictMath.sin(HIGH * t) - StrictMath.sin(LOW * t)) / ((HIGH - LOW) * t);
            sum += (1 - mean) / 2;
        }
        return sum / answers;
    }
}
