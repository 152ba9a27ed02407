package org.layerzoo.train.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.layerzoo.core.op.Errors;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.spi.Task;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.data.sensor.Accelerometer;
import org.layerzoo.data.sensor.Touch;

class SensorTaskTest {
    @Test
    void aTrainingSplitOfFiveSamplesRepeatsThem() {
        Task few = new SensorTask(new Touch(40, 5), 5, 1);
        Tensor first = few.batch(Task.Split.TRAIN, 0, 5).get("x");
        Tensor again = few.batch(Task.Split.TRAIN, 1, 5).get("x");
        assertEquals(0, Errors.relative(again, first));
        Task all = new SensorTask(new Touch(40, 5), 0, 1);
        assertEquals(0, Errors.relative(all.batch(Task.Split.TRAIN, 0, 5).get("x"), first));
        assertFalse(Errors.sameBits(all.batch(Task.Split.TRAIN, 1, 5).get("x"), first));
        assertFalse(Errors.sameBits(few.batch(Task.Split.TEST, 1, 5).get("x"), first), "other splits are whole");
    }

    @Test
    void answeringZeroScoresChance() {
        Task t = new SensorTask(new Accelerometer(200, 10), 0, 2);
        Tensors b = t.batch(Task.Split.VALID, 0, 512);
        Tensors zero = Tensors.of("y", Ops.zerosLike(b.get("target")));
        assertEquals(t.chance(), t.metrics().getFirst().of(zero, b).value(), 0.1 * t.chance());
        assertEquals(t.chance(), t.loss(zero, b).item(), 0.1 * t.chance());
    }

    @Test
    void aLengthThatTheRatioDoesNotDivideIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> new SensorQuestion.Options(201, 10, 0));
    }
}
