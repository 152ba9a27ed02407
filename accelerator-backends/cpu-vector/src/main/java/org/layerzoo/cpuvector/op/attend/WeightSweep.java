package org.layerzoo.cpuvector.op.attend;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.layerzoo.core.op.attend.Attend;
import org.layerzoo.core.op.attend.Wants;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.cpuvector.Floats;
import org.layerzoo.cpuvector.Loan;
import org.layerzoo.cpuvector.Workers;
import org.layerzoo.cpuvector.op.linear.Pack;
import org.layerzoo.cpuvector.op.linear.Tile;
import org.layerzoo.cpuvector.op.reduction.RowLoops;

/**
 * Weights and their sums by a second sweep over the rows asked for, as exp(score - log-sum-exp); a task a query head, or for
 * means over heads a tile of rows, which all heads add to in their order.
 */
final class WeightSweep {
    private final Attend op;
    private final List<KeySection> sections;
    private final int[] heads;
    private final Tensor q;
    private final Tensor lse;
    private final Optional<Tensor> weights;
    private final Optional<Tensor> columnMass;
    private final Optional<Tensor> rowMass;
    private final Optional<Tensor> headMean;
    private final int tq;
    private final int d;
    private final int keys;
    /** First row whose weights count. */
    private final int first;

    private WeightSweep(
            Attend op, List<KeySection> sections, int[] heads, Tensor q, Tensor lse, List<TensorSpec> specs) {
        this.op = op;
        this.sections = sections;
        this.heads = heads;
        this.q = q;
        this.lse = lse;
        tq = q.dim(2);
        d = q.dim(3);
        keys = sections.stream().mapToInt(s -> s.k().dim(2)).sum();
        Wants w = op.wants();
        int at = 2;
        // what no row sees stays 0
        weights = w.weights() ? Optional.of(Tensor.zeros(specs.get(at++))) : Optional.empty();
        columnMass = w.columnMass() > 0 ? Optional.of(Tensor.allocate(specs.get(at++))) : Optional.empty();
        rowMass = w.rowMass() ? Optional.of(Tensor.allocate(specs.get(at++))) : Optional.empty();
        headMean = w.headMean() > 0 ? Optional.of(Tensor.allocate(specs.get(at))) : Optional.empty();
        first = w.weights() || w.rowMass() ? 0 : tq - Math.min(tq, w.columnMass());
    }

    /** The results behind o and lse, in their order. */
    static List<Tensor> run(
            Attend op, List<KeySection> sections, int[] heads, Tensor q, Tensor lse, List<TensorSpec> specs) {
        WeightSweep sweep = new WeightSweep(op, sections, heads, q, lse, specs);
        if (sweep.weights.isPresent() || sweep.columnMass.isPresent() || sweep.rowMass.isPresent()) {
            Workers.run(q.dim(0) * q.dim(1), Long.MAX_VALUE, sweep::head);
        }
        sweep.headMean.ifPresent(sweep::means);
        List<Tensor> out = new ArrayList<>();
        List.of(sweep.weights, sweep.columnMass, sweep.rowMass, sweep.headMean).forEach(t -> t.ifPresent(out::add));
        return out;
    }

    private void head(int index) {
        double[] columns = new double[keys];
        double[] rows = new double[tq];
        int behind = 0;
        for (KeySection s : sections) {
            try (Loan loan = Loan.open()) {
                int from = behind;
                section(
                        loan,
                        s,
                        index,
                        first,
                        tq,
                        (scores, at, i, key, width) -> row(scores, at, index, i, from + key, width, columns, rows));
            }
            behind += s.k().dim(2);
        }
        columnMass.ifPresent(t -> store(columns, t, (long) index * keys));
        rowMass.ifPresent(t -> store(rows, t, (long) index * tq));
    }

    private static void store(double[] x, Tensor to, long at) {
        for (int i = 0; i < x.length; i++) {
            Floats.set(to.segment(), at + i, (float) x[i]);
        }
    }

    /** The mean of every sample's last rows, as many as the result has. */
    private void means(Tensor out) {
        int rows = out.dim(1);
        int tiles = (rows + ScoreTile.ROWS - 1) / ScoreTile.ROWS;
        Workers.run(q.dim(0) * tiles, Long.MAX_VALUE, t -> {
            int from = tq - rows + t % tiles * ScoreTile.ROWS;
            mean(t / tiles, from, Math.min(tq, from + ScoreTile.ROWS), out);
        });
    }

    private void mean(int sample, int from, int end, Tensor out) {
        int n = end - from;
        try (Loan loan = Loan.open()) {
            float[] sums = loan.zeros(n * keys);
            for (int h = 0; h < q.dim(1); h++) {
                int index = sample * q.dim(1) + h;
                int behind = 0;
                for (KeySection s : sections) {
                    int column = behind;
                    try (Loan inner = Loan.open()) {
                        section(inner, s, index, from, end, (scores, at, i, key, width) -> {
                            float total = Floats.get(lse.segment(), (long) index * tq + i);
                            if (total != Float.NEGATIVE_INFINITY) {
                                RowLoops.expInPlace(scores, at, ScoreTile.KEYS, total);
                                RowLoops.axpy(1f, scores, at, sums, (i - from) * keys + column + key, width);
                            }
                        });
                    }
                    behind += s.k().dim(2);
                }
            }
            RowLoops.scale(sums, 0, n * keys, 1f / q.dim(1));
            long row = (long) sample * out.dim(1) + from - (tq - out.dim(1));
            Floats.store(sums, 0, out.segment(), row * keys, n * keys);
        }
    }

    /** What takes a row's scores of keys from .. from + width - 1 of a section, which lie from {@code at} on. */
    @FunctionalInterface
    private interface Scores {
        void take(float[] scores, int at, int row, int from, int width);
    }

    /** Scores of rows from .. to - 1 of a head. */
    private void section(Loan loan, KeySection s, int index, int from, int to, Scores sink) {
        int sample = index / q.dim(1);
        int head = index % q.dim(1);
        int tk = s.k().dim(2);
        float[] panels = loan.zeros(Tile.columns(tk) * d + 64);
        long key = ((long) sample * s.k().dim(1) + heads[head]) * tk * d;
        Pack.panels(s.k().segment(), key, d, true, d, tk, panels, 0);
        float[] scores = loan.zeros(ScoreTile.ROWS * ScoreTile.KEYS + 64);
        float[] qs = loan.floats(ScoreTile.ROWS * d);
        for (int i0 = from; i0 < to; i0 += ScoreTile.ROWS) {
            int n = Math.min(ScoreTile.ROWS, to - i0);
            Arrays.fill(qs, 0f);
            Floats.load(q.segment(), ((long) index * tq + i0) * d, qs, 0, n * d);
            RowLoops.scale(qs, 0, n * d, (float) op.scale());
            int end = ScoreTile.last(s, sample, i0, n);
            for (int j = ScoreTile.first(s, sample, i0, n); j < end; j += ScoreTile.KEYS) {
                int width = Math.min(ScoreTile.KEYS, tk - j);
                ScoreTile.compute(s, sample, head, qs, i0, n, d, panels, 0, j, width, scores);
                for (int r = 0; r < n; r++) {
                    sink.take(scores, r * ScoreTile.KEYS, i0 + r, j, width);
                }
            }
        }
    }

    private void row(float[] s, int at, int index, int i, int column, int width, double[] columns, double[] rows) {
        float total = Floats.get(lse.segment(), (long) index * tq + i);
        if (total == Float.NEGATIVE_INFINITY) {
            return;
        }
        rows[i] += RowLoops.expInPlace(s, at, ScoreTile.KEYS, total);
        weights.ifPresent(t -> Floats.store(s, at, t.segment(), ((long) index * tq + i) * keys + column, width));
        // the sum over the last rows only, which may be fewer than were swept
        if ((long) i >= (long) tq - op.wants().columnMass()) {
            for (int c = 0; c < width; c++) {
                columns[column + c] += s[at + c];
            }
        }
    }
}
