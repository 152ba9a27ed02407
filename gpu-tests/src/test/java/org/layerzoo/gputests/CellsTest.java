package org.layerzoo.gputests;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.layerzoo.core.op.FusedOp;
import org.layerzoo.core.op.rnn.Gru;
import org.layerzoo.core.op.rnn.Lstm;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorScope;

/** LSTM and GRU on the device where the case tables say nothing: many samples, many steps, results without cotangent, masks. */
class CellsTest {
    private final GradientCheck check = new GradientCheck();

    /** With biases, first states and a mask. */
    private static FusedOp cell(String name, boolean reverse) {
        return name.equals("lstm") ? new Lstm(true, true, true, reverse) : new Gru(true, true, true, reverse);
    }

    private List<Tensor> inputs(FusedOp op, int batch, int steps, int width, int units) {
        int rows = (op instanceof Lstm ? 4 : 3) * units;
        List<Tensor> in = new ArrayList<>(List.of(
                check.x(batch, steps, width),
                check.within(-0.3, 0.3, rows, width),
                check.within(-0.2, 0.2, rows, units),
                check.within(-0.3, 0.3, rows),
                check.within(-0.3, 0.3, rows),
                check.x(batch, units)));
        if (op instanceof Lstm) {
            in.add(check.x(batch, units));
        }
        in.add(mask(batch, steps));
        return in;
    }

    private static Tensor mask(int batch, int steps) {
        SplittableRandom random = new SplittableRandom(5);
        boolean[] taken = new boolean[batch * steps];
        for (int i = 0; i < taken.length; i++) {
            taken[i] = random.nextInt(4) > 0;
        }
        return Tensor.of(taken, batch, steps);
    }

    @ParameterizedTest
    @CsvSource({"lstm, 17, 131", "gru, 17, 131", "lstm, 33, 70", "gru, 33, 70", "lstm, 1, 200", "gru, 1, 200"})
    void samplesAndUnitsOfManyBlocksAreEachComputedOnce(String name, int batch, int units) {
        for (boolean reverse : new boolean[] {false, true}) {
            FusedOp op = cell(name, reverse);
            List<Tensor> in = inputs(op, batch, 5, 7, units);
            check.agreesForward(op, in);
            check.agrees(op, in, 0, 1);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"lstm", "gru"})
    void moreStepsThanALaunchTakesContinueWhereItEnded(String name) {
        FusedOp op = cell(name, false);
        List<Tensor> in = inputs(op, 3, 1031, 2, 3);
        check.agreesForward(op, in);
        check.agrees(op, in, 0);
    }

    @ParameterizedTest
    @CsvSource({"lstm, 1", "lstm, 2", "gru, 1"})
    void aStateAloneGivesACellsGradients(String name, int result) {
        FusedOp op = cell(name, true);
        check.agrees(op, inputs(op, 3, 6, 4, 5), result);
    }

    @Test
    void equalInputsGiveEqualBits() {
        TensorScope.run(() -> {
            FusedOp op = cell("lstm", false);
            List<Tensor> in = GradientCheck.narrow(inputs(op, 9, 40, 5, 140));
            List<Tensor> first = GradientCheck.GPU.execute(op, in);
            List<Tensor> second = GradientCheck.GPU.execute(op, in);
            for (int i = 0; i < first.size(); i++) {
                assertArrayEquals(first.get(i).toDoubles(), second.get(i).toDoubles());
            }
        });
    }
}
