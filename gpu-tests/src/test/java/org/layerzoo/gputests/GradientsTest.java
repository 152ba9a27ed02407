package org.layerzoo.gputests;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.layerzoo.core.op.FusedOp;
import org.layerzoo.core.op.neighbourhood.Axis;
import org.layerzoo.core.op.neighbourhood.Border;
import org.layerzoo.core.op.neighbourhood.Neighbourhood;
import org.layerzoo.core.op.recur.Algorithm;
import org.layerzoo.core.op.recur.Diagonal;
import org.layerzoo.core.op.recur.Gate;
import org.layerzoo.core.op.recur.Recur;
import org.layerzoo.core.op.scan.SelectiveScan;
import org.layerzoo.core.op.scan.SelectiveScan.Discretisation;
import org.layerzoo.core.tensor.Tensor;

/** Gradients of recurrences, scans and neighbourhoods where the case tables say nothing: packed samples, and results without cotangent. */
class GradientsTest {
    private final GradientCheck check = new GradientCheck();

    private Tensor within(double lo, double hi, int... dims) {
        return check.within(lo, hi, dims);
    }

    private Tensor x(int... dims) {
        return check.x(dims);
    }

    private void agrees(FusedOp op, List<Tensor> in, Integer... given) {
        check.agrees(op, in, given);
    }

    private List<Tensor> scanned(int batch, int tokens, int channels, int states, int groups) {
        return List.of(
                x(batch, tokens, channels),
                x(batch, tokens, channels),
                within(-2, -0.5, channels, states),
                x(batch, tokens, groups, states),
                x(batch, tokens, groups, states),
                within(-3, -1, channels),
                x(channels),
                x(batch, tokens, channels),
                x(batch == 1 ? 3 : batch, channels, states));
    }

    private static List<Tensor> with(List<Tensor> in, long... bounds) {
        List<Tensor> all = new ArrayList<>(in);
        all.add(Tensor.of(bounds, bounds.length));
        return all;
    }

    @ParameterizedTest
    @EnumSource
    void packedSamplesOfAScanDoNotReachIntoEachOther(Discretisation d) {
        SelectiveScan op = new SelectiveScan(true, d, true, true, true, true, true, 16, 80);
        agrees(op, with(scanned(1, 150, 10, 5, 2), 0, 3, 83, 150), 0, 1);
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 16, 20})
    void channelsOfAGroupAreSharedByBlocksWhateverTheNumberOfStates(int states) {
        SelectiveScan op = new SelectiveScan(true, Discretisation.EULER, true, true, true, true, false, 64, 0);
        agrees(op, scanned(2, 70, 150, states, 2), 0);
    }

    @Test
    void theEndStateAloneGivesAScanGradients() {
        SelectiveScan op = new SelectiveScan(true, Discretisation.EULER, true, true, true, true, false, 64, 0);
        agrees(op, scanned(2, 70, 5, 4, 1), 1);
    }

    private List<Tensor> ruled(int tokens, int heads, int keyHeads, int dk, int dv, int samples) {
        return List.of(
                within(-0.4, 0.4, 1, keyHeads, tokens, dk),
                within(-0.4, 0.4, 1, keyHeads, tokens, dk),
                x(1, heads, tokens, dv),
                within(0.1, 0.9, 1, heads, tokens),
                within(-0.3, -0.01, 1, heads, tokens),
                x(samples, heads, dk, dv));
    }

    @ParameterizedTest
    @EnumSource
    void packedSamplesOfTheDeltaRuleDoNotReachIntoEachOther(Diagonal read) {
        for (boolean reverse : new boolean[] {false, true}) {
            Recur op = new Recur(new Gate.Delta(true), read, reverse, 0.5, new Algorithm.Chunked(8), true, 90);
            agrees(op, with(ruled(140, 4, 2, 9, 5, 3), 0, 7, 97, 140), 0, 1);
        }
    }

    @Test
    void statesOfMoreRowsThanRegistersHoldAreComputedInMemory() {
        Recur delta =
                new Recur(new Gate.Delta(true), Diagonal.INCLUSIVE, false, 0.5, new Algorithm.Chunked(8), true, 0);
        List<Tensor> in = List.of(
                within(-0.1, 0.1, 1, 1, 40, 150),
                within(-0.1, 0.1, 1, 1, 40, 150),
                x(1, 1, 40, 131),
                within(0.1, 0.9, 1, 1, 40),
                within(-0.3, -0.01, 1, 1, 40),
                x(1, 1, 150, 131));
        check.agreesForward(delta, in);
        agrees(delta, in, 0, 1);
        Recur key = new Recur(new Gate.Key(), Diagonal.EXCLUSIVE, true, 1, new Algorithm.Chunked(16), false, 0);
        List<Tensor> gated =
                List.of(x(1, 2, 50, 256), x(1, 2, 50, 256), x(1, 2, 50, 3), within(-0.4, -0.01, 1, 2, 50, 256));
        check.agreesForward(key, gated);
        agrees(key, gated, 0);
    }

    @Test
    void aDecayAHeadHasItsGradientInSinglePrecision() {
        Recur op = new Recur(new Gate.PerHead(), Diagonal.INCLUSIVE, false, 1, new Algorithm.Chunked(16), false, 0);
        agrees(op, List.of(x(2, 3, 90, 6), x(2, 3, 90, 6), x(2, 3, 90, 7), within(-0.4, -0.01, 3)), 0);
    }

    @ParameterizedTest
    @EnumSource
    void theLogSumExpAloneGivesNeighbourhoodsGradients(Border border) {
        Neighbourhood op = new Neighbourhood(List.of(new Axis(5, 2, false)), border, 0.5, true);
        agrees(op, List.of(x(2, 3, 21, 4), x(2, 3, 21, 4), x(2, 3, 21, 6), x(3, 9)), 1);
    }

    @ParameterizedTest
    @EnumSource
    void neighbourhoodsWiderThanABlockOfKeysHaveGradients(Border border) {
        List<Axis> axes = List.of(new Axis(9, 1, false), new Axis(3, 1, true), new Axis(5, 2, false));
        Neighbourhood op = new Neighbourhood(axes, border, 0.5, true);
        agrees(op, List.of(x(1, 2, 9, 3, 11, 17), x(1, 2, 9, 3, 11, 17), x(1, 2, 9, 3, 11, 5), x(2, 17, 5, 9)), 0, 1);
    }
}
