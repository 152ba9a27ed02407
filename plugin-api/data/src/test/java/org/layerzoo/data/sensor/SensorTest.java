package org.layerzoo.data.sensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.layerzoo.data.Rng;

class SensorTest {
    private static final List<Sensor> ALL = List.of(new Accelerometer(200, 10), new Touch(200, 10));

    @Test
    void anAnswerComesBehindEachChunk() {
        for (Sensor s : ALL) {
            Sensor.Sample x = s.draw(Rng.of(1));
            assertEquals(200, x.x().length);
            assertEquals(20, x.y().length);
            assertEquals(3, x.y()[0].length);
        }
    }

    @Test
    void thePowerIsTheMeanSquareOfAnswers() {
        for (Sensor s : ALL) {
            double sum = 0;
            for (int i = 0; i < 3000; i++) {
                sum += Arrays.stream(s.draw(Rng.of(i)).y())
                        .flatMapToDouble(Arrays::stream)
                        .map(v -> v * v)
                        .sum();
            }
            assertEquals(s.power(), sum / (3000 * 20 * 3), 0.03 * s.power());
        }
    }

    /** Readings of the acceleration, summed up, follow the velocity but for noise and drift. */
    @Test
    void readingsSumUpToTheVelocity() {
        double error = 0;
        double power = 0;
        for (int n = 0; n < 200; n++) {
            Sensor.Sample s = new Accelerometer(200, 10).draw(Rng.of(n));
            double v = 0;
            for (int i = 0; i < 200; i++) {
                v += s.x()[i][0] * Accelerometer.SCALE / 200;
                if ((i + 1) % 10 == 0) {
                    double y = s.y()[i / 10][0];
                    error += (v - y) * (v - y);
                    power += y * y;
                }
            }
        }
        assertTrue(error < 0.3 * power, error + " against " + power);
        assertTrue(error > 0.01 * power, "noise and drift leave something: " + error + " against " + power);
    }

    @Test
    void aSkinSaturates() {
        double largest = 0;
        for (int n = 0; n < 50; n++) {
            Sensor.Sample s = new Touch(200, 1).draw(Rng.of(n));
            for (double[] row : s.x()) {
                assertEquals(Touch.SENSORS, row.length);
                largest = Math.max(
                        largest, Arrays.stream(row).map(Math::abs).max().orElseThrow());
            }
        }
        assertTrue(largest > 1 && largest < 1.4, "saturates at 1 but for noise, given " + largest);
    }

    /** Between two moments at which all forces are nearly the same, readings differ by more than noise and drift: they remember the way. */
    @Test
    void aSkinRemembersWhereTheForceCameFrom() {
        double most = 0;
        for (int n = 0; n < 40; n++) {
            Sensor.Sample s = new Touch(200, 1).draw(Rng.of(n));
            for (int i = 0; i < 200; i++) {
                for (int j = i + 1; j < 200; j++) {
                    if (distance(s.y()[i], s.y()[j]) < 0.05) {
                        most = Math.max(most, distance(s.x()[i], s.x()[j]));
                    }
                }
            }
        }
        assertTrue(most > 0.8, "given " + most);
    }

    private static double distance(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += (a[i] - b[i]) * (a[i] - b[i]);
        }
        return Math.sqrt(sum);
    }

    @Test
    void aLengthThatIsNoMultipleIsRefused() {
        String said = assertThrows(IllegalArgumentException.class, () -> new Touch(205, 10))
                .getMessage();
        assertTrue(said.contains("10") && said.contains("205"), said);
    }
}
