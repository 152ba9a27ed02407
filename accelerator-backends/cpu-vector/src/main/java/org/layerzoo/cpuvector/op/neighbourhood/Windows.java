package org.layerzoo.cpuvector.op.neighbourhood;

import static jdk.incubator.vector.FloatVector.fromArray;

import java.util.Arrays;
import java.util.List;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.layerzoo.core.op.neighbourhood.Border;
import org.layerzoo.core.op.neighbourhood.Neighbourhood;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.cpuvector.Floats;
import org.layerzoo.cpuvector.Loan;
import org.layerzoo.cpuvector.Width;
import org.layerzoo.cpuvector.op.reduction.RowLoops;

/**
 * What both passes do with one head: its keys and values, and scores of one query's window.
 *
 * @param lanes room for a vector
 */
record Windows(Neighbourhood op, WindowTable table, int d, int dv, float[] k, float[] v, float[] bias, float[] lanes) {
    private static final VectorSpecies<Float> S = Width.FLOATS;
    private static final int L = Width.LANES;

    /** @param head counted over all samples */
    static Windows of(Neighbourhood op, WindowTable table, List<Tensor> in, int head, Loan loan) {
        int d = in.get(0).dim(-1);
        int dv = in.get(2).dim(-1);
        int heads = in.get(0).dim(1);
        float[] k = load(in.get(1), head, table.points() * d, loan);
        float[] v = load(in.get(2), head, table.points() * dv, loan);
        float[] bias = new float[0];
        if (op.bias()) {
            bias = load(in.get(3), head % heads, Math.toIntExact(in.get(3).size() / heads), loan);
        }
        return new Windows(op, table, d, dv, k, v, bias, loan.floats(L));
    }

    /** With room of its own, for another task. */
    Windows share(Loan loan) {
        return new Windows(op, table, d, dv, k, v, bias, loan.floats(L));
    }

    /** Block {@code index} of n floats. */
    static float[] load(Tensor t, int index, int n, Loan loan) {
        float[] out = loan.floats(n);
        Floats.load(t.segment(), (long) index * n, out, 0, n);
        return out;
    }

    int key(int point, int place) {
        return table.key()[point * table.size() + place];
    }

    int offset(int point, int place) {
        return table.offset()[point * table.size() + place];
    }

    /** Whether a place takes part in the softmax. */
    boolean counts(int point, int place) {
        return op.border() == Border.PAD_KEYS || key(point, place) >= 0;
    }

    /** Scores of a query's window. @param q scaled, the query's at {@code at} */
    void scores(int point, float[] q, int at, float[] s) {
        Arrays.fill(s, 0, table.size(), op.border() == Border.PAD_KEYS ? 0f : Float.NEGATIVE_INFINITY);
        for (int t = 0; t < table.size(); t++) {
            int key = key(point, t);
            if (key >= 0) {
                s[t] = dot(q, at, k, key * d, d);
            }
            if (bias.length > 0 && counts(point, t)) {
                s[t] += bias[offset(point, t)];
            }
        }
    }

    float dot(float[] a, int at, float[] b, int bt, int n) {
        FloatVector sum = FloatVector.zero(S);
        int i = 0;
        for (; i + L <= n; i += L) {
            sum = fromArray(S, a, at + i).fma(fromArray(S, b, bt + i), sum);
        }
        sum.intoArray(lanes, 0);
        float y = 0;
        for (int x = 0; x < L; x++) {
            y += lanes[x];
        }
        for (; i < n; i++) {
            y += a[at + i] * b[bt + i];
        }
        return y;
    }

    /** out += the window's values, weighted by s. */
    void values(int point, float[] s, float[] out, int at) {
        for (int t = 0; t < table.size(); t++) {
            int key = key(point, t);
            if (key >= 0) {
                RowLoops.axpy(s[t], v, key * dv, out, at, dv);
            }
        }
    }
}
