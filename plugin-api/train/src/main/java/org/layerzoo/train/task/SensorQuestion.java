package org.layerzoo.train.task;

import java.util.function.BiFunction;
import org.layerzoo.core.config.Doc;
import org.layerzoo.core.config.Range;
import org.layerzoo.core.spi.Size;
import org.layerzoo.core.spi.Task;
import org.layerzoo.data.sensor.Sensor;

/** A provider of {@link SensorTask}: a question about each k readings of a sensor. */
public abstract class SensorQuestion extends NamedTask<SensorQuestion.Options> {
    /** Options of questions about a sensor's readings. */
    public record Options(
            @Doc("readings L of a sample") @Range(min = 1) int length,

            @Doc("readings k an answer, a divisor of L") @Range(min = 1)
            int ratio,

            @Doc("different samples to train on; 0 for as many as are drawn") @Range(min = 0)
            int samples) {
        public Options {
            Sensor.divides(length, ratio);
        }
    }

    private final BiFunction<Integer, Integer, Sensor> sensor;

    /** @param sensor of a length and a ratio */
    protected SensorQuestion(String name, BiFunction<Integer, Integer, Sensor> sensor) {
        super(name, Options.class);
        this.sensor = sensor;
    }

    @Override
    public final Options defaults(Size size) {
        return switch (size) {
            case TINY -> new Options(40, 5, 0);
            case TEST -> new Options(200, 10, 0);
            case PAPER -> new Options(2000, 10, 0);
        };
    }

    @Override
    public final Task create(Options c, long seed) {
        return new SensorTask(sensor.apply(c.length(), c.ratio()), c.samples(), seed);
    }
}
