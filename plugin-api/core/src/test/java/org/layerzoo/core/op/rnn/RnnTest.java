package org.layerzoo.core.op.rnn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.layerzoo.core.op.Expect.near;
import static org.layerzoo.core.op.Expect.onReference;
import static org.layerzoo.core.op.Expect.random;
import static org.layerzoo.core.op.Expect.shape;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.layerzoo.core.op.Expect;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.tensor.Tensor;

class RnnTest {
    private static final int H = 2;
    private static final Tensor X = random(1, 1, 4, 3);

    private static RnnWeights weights(int gates) {
        return new RnnWeights(
                random(2, gates * H, 3), random(3, gates * H, H), List.of(random(4, gates * H), random(5, gates * H)));
    }

    private static double sigmoid(double x) {
        return 1 / (1 + Math.exp(-x));
    }

    /** Row r of W x + b at step t. */
    private static double input(RnnWeights w, int r, int t) {
        double s = w.biases().get(0).get(r);
        for (int i = 0; i < 3; i++) {
            s += w.input().get(r, i) * X.get(0, t, i);
        }
        return s;
    }

    private static double hidden(RnnWeights w, int r, double[] h) {
        return w.biases().get(1).get(r)
                + w.hidden().get(r, 0) * h[0]
                + w.hidden().get(r, 1) * h[1];
    }

    @Test
    void lstmEqualsTheLoop() {
        RnnWeights w = weights(4);
        Fused.Cells cells =
                onReference(() -> Fused.lstm(X, w, List.of(random(6, 1, H), random(7, 1, H)), Optional.empty(), false));
        double[] h = random(6, 1, H).toDoubles();
        double[] c = random(7, 1, H).toDoubles();
        for (int t = 0; t < 4; t++) {
            double[] next = new double[H];
            for (int n = 0; n < H; n++) {
                double[] g = new double[4];
                for (int k = 0; k < 4; k++) {
                    g[k] = input(w, k * H + n, t) + hidden(w, k * H + n, h);
                }
                c[n] = sigmoid(g[1]) * c[n] + sigmoid(g[0]) * Math.tanh(g[2]);
                next[n] = sigmoid(g[3]) * Math.tanh(c[n]);
            }
            h = next;
            int step = t;
            assertArrayEquals(h, onReference(() -> cells.y().select(1, step)).toDoubles(), 1e-12);
        }
        assertArrayEquals(h, cells.state().get(0).toDoubles(), 1e-12);
        assertArrayEquals(c, cells.state().get(1).toDoubles(), 1e-12);
    }

    @Test
    void gruEqualsTheLoop() {
        RnnWeights w = weights(3);
        Fused.Cells cells = onReference(() -> Fused.gru(X, w, List.of(), Optional.empty(), false));
        double[] h = new double[H];
        for (int t = 0; t < 4; t++) {
            double[] next = new double[H];
            for (int n = 0; n < H; n++) {
                double r = sigmoid(input(w, n, t) + hidden(w, n, h));
                double z = sigmoid(input(w, H + n, t) + hidden(w, H + n, h));
                double fresh = Math.tanh(input(w, 2 * H + n, t) + r * hidden(w, 2 * H + n, h));
                next[n] = (1 - z) * fresh + z * h[n];
            }
            h = next;
        }
        assertArrayEquals(h, cells.state().getFirst().toDoubles(), 1e-12);
        assertArrayEquals(h, onReference(() -> cells.y().select(1, 3)).toDoubles(), 1e-12);
    }

    @Test
    void maskedStepsEqualAShorterSequenceInBothDirections() {
        RnnWeights w = weights(4);
        Tensor mask = Tensor.of(new boolean[] {true, true, true, false}, 1, 4);
        for (boolean reverse : new boolean[] {false, true}) {
            Fused.Cells masked = onReference(() -> Fused.lstm(X, w, List.of(), Optional.of(mask), reverse));
            Fused.Cells cut = onReference(() -> Fused.lstm(X.slice(1, 0, 3), w, List.of(), Optional.empty(), reverse));
            assertArrayEquals(
                    cut.y().toDoubles(),
                    onReference(() -> masked.y().slice(1, 0, 3)).toDoubles(),
                    1e-12);
            near(onReference(() -> masked.y().slice(1, 3, 4)), shape(1, 1, H), 0, 0);
            assertArrayEquals(
                    cut.state().get(1).toDoubles(), masked.state().get(1).toDoubles(), 1e-12);
        }
    }

    @Test
    void bothDirectionsStandSideBySide() {
        RnnWeights w = weights(3);
        Fused.Cells f = onReference(() -> Fused.gru(X, w, List.of(), Optional.empty(), false));
        Fused.Cells b = onReference(() -> Fused.gru(X, w, List.of(), Optional.empty(), true));
        Fused.Cells both = onReference(() -> Fused.bidirectional(f, b));
        assertEquals(2 * H, both.y().dim(2));
        assertEquals(f.y().get(0, 1, 1), both.y().get(0, 1, 1));
        assertEquals(b.y().get(0, 1, 1), both.y().get(0, 1, 3));
    }

    @Test
    void weightsOfAnotherCellAreRefused() {
        RnnWeights w = new RnnWeights(random(1, 6, 3), random(2, 6, 2), List.of());
        assertEquals("lstm: W_ih of 4 H rows expected, given F64(6, 3)", Expect.error(() -> Fused.lstm(
                        X, w, List.of(), Optional.empty(), false)
                .y()));
    }
}
