package org.layerzoo.plugins.zoo;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.layerzoo.core.spi.Size;
import org.layerzoo.core.spi.Task;
import org.layerzoo.core.spi.TaskProvider;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.train.task.PointQuestion;

class PointTaskTest {
    private static Tensors batch(TaskProvider<PointQuestion.Options> p) {
        return p.create(p.defaults(Size.TINY), 3).batch(Task.Split.TRAIN, 0, 32);
    }

    @Test
    void sortingAsksForAllScalarsInOrderAndThenForTheEnd() {
        Tensors b = batch(new SortProvider());
        double[] x = b.get("points").toDoubles();
        long[] indices = b.get("indices").toLongs();
        assertArrayEquals(indices, b.get("targets").toLongs());
        for (int row = 0; row < 32; row++) {
            assertEquals(0, indices[6 * row + 5]);
            for (int t = 1; t < 5; t++) {
                double before = x[5 * row + (int) indices[6 * row + t - 1] - 1];
                assertTrue(before <= x[5 * row + (int) indices[6 * row + t] - 1]);
            }
        }
    }

    @Test
    void aHullEndsWithItsLastCornerAndNothingIsAskedBehindThat() {
        Tensors b = batch(new HullProvider());
        long[] targets = b.get("targets").toLongs();
        for (int row = 0; row < 32; row++) {
            long[] own = Arrays.copyOfRange(targets, 6 * row, 6 * row + 6);
            int end = 0;
            while (own[end] > 0) {
                end++;
            }
            assertTrue(end >= 3, Arrays.toString(own));
            assertEquals(0, own[end]);
            assertEquals(end, Arrays.stream(own, 0, end).distinct().count());
            assertTrue(Arrays.stream(own, end + 1, 6).allMatch(t -> t == -100), Arrays.toString(own));
        }
    }
}
