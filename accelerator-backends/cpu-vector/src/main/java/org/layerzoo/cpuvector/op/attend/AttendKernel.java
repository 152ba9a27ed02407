package org.layerzoo.cpuvector.op.attend;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import org.layerzoo.core.op.attend.Attend;
import org.layerzoo.core.op.attend.Dropout;
import org.layerzoo.core.op.attend.Normaliser;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.cpuvector.Floats;
import org.layerzoo.cpuvector.Kernel;
import org.layerzoo.cpuvector.Scratch;
import org.layerzoo.cpuvector.Workers;
import org.layerzoo.cpuvector.op.linear.Pack;
import org.layerzoo.cpuvector.op.linear.Tile;
import org.layerzoo.cpuvector.op.reduction.RowLoops;

/**
 * Softmax attention in tiles of 96 rows by 128 keys with a running maximum and sum (FlashAttention-2, algorithm 1): weights
 * exist for one tile at a time, blocks that no row sees are skipped, keys and values are packed once a key head.
 */
public final class AttendKernel implements Kernel<Attend> {
    /** Floats of packed keys and values at once. */
    private static final long PACKED = 32L << 20;

    private static final Scratch Q = new Scratch();
    private static final Scratch S = new Scratch();
    private static final Scratch O = new Scratch();

    @Override
    public Optional<String> refusal(Attend op, List<TensorSpec> in) {
        if (in.getFirst().dtype() != DType.F32) {
            return Optional.of("no tile for " + in.getFirst().dtype());
        }
        if (!(op.norm() instanceof Normaliser.Softmax)) {
            return Optional.of("normaliser " + op.norm().getClass().getSimpleName());
        }
        if (!(op.dropout() instanceof Dropout.None)) {
            return Optional.of("dropout of weights");
        }
        if (op.wants().headMean() > 0) {
            return Optional.of("weights averaged over heads");
        }
        return op.sections().stream()
                .map(KeySection::refusal)
                .flatMap(Optional::stream)
                .findFirst();
    }

    @Override
    public List<Tensor> run(Attend op, List<Tensor> in) {
        List<TensorSpec> specs = op.infer(in.stream().map(Tensor::spec).toList());
        Tensor o = Tensor.allocate(specs.get(0));
        Tensor lse = Tensor.allocate(specs.get(1));
        Call call = Call.of(op, in, o, lse);
        long head = call.sections.stream()
                .mapToLong(s -> (long) s.k().dim(2) * (s.k().dim(3) + s.v().dim(3)))
                .sum();
        int pairs = call.batch * call.keyHeads;
        int group = (int) Math.clamp(PACKED / Math.max(1, head), 1, Math.max(1, pairs));
        for (int p = 0; p < pairs; p += group) {
            call.run(p, Math.min(pairs, p + group));
        }
        List<Tensor> out = new ArrayList<>(List.of(o, lse));
        if (specs.size() > 2) {
            int[] heads = op.heads().resolve(call.heads, call.keyHeads);
            out.addAll(WeightSweep.run(op, call.sections, heads, in.getFirst(), lse, specs));
        }
        return List.copyOf(out);
    }

    /** Query heads that read each key head. */
    static List<List<Integer>> readers(int[] map, int keyHeads) {
        List<List<Integer>> out = new ArrayList<>();
        for (int k = 0; k < keyHeads; k++) {
            out.add(new ArrayList<>());
        }
        for (int h = 0; h < map.length; h++) {
            out.get(map[h]).add(h);
        }
        return out;
    }

    private record Call(
            float scale,
            List<KeySection> sections,
            List<List<Integer>> readers,
            int batch,
            int heads,
            int keyHeads,
            int tq,
            int d,
            int dv,
            MemorySegment q,
            MemorySegment o,
            MemorySegment lse) {
        static Call of(Attend op, List<Tensor> in, Tensor o, Tensor lse) {
            Iterator<Tensor> it = in.iterator();
            Tensor q = it.next();
            List<KeySection> sections = op.sections().stream()
                    .map(s -> KeySection.of(s, op.softcap(), q, it))
                    .toList();
            int keyHeads = sections.getFirst().k().dim(1);
            return new Call(
                    (float) op.scale(),
                    sections,
                    AttendKernel.readers(op.heads().resolve(q.dim(1), keyHeads), keyHeads),
                    q.dim(0),
                    q.dim(1),
                    keyHeads,
                    q.dim(2),
                    q.dim(3),
                    o.dim(3),
                    q.segment(),
                    o.segment(),
                    lse.segment());
        }

        /** Key heads (counted over all samples) from .. to - 1. */
        void run(int from, int to) {
            int n = sections.size();
            float[][] keys = new float[(to - from) * n][];
            float[][] values = new float[(to - from) * n][];
            Workers.run(keys.length, Long.MAX_VALUE, t -> {
                KeySection s = sections.get(t % n);
                int tk = s.k().dim(2);
                long head = from + t / n;
                keys[t] = new float[Tile.columns(tk) * d + 64];
                values[t] = new float[Tile.columns(dv) * tk + 64];
                Pack.panels(s.k().segment(), head * tk * d, d, true, d, tk, keys[t], 0);
                Pack.panels(s.v().segment(), head * tk * dv, dv, false, tk, dv, values[t], 0);
            });
            int tiles = (tq + ScoreTile.ROWS - 1) / ScoreTile.ROWS;
            List<int[]> tasks = new ArrayList<>();
            for (int p = from; p < to; p++) {
                for (int h : readers.get(p % keyHeads)) {
                    // the longest rows first, so that threads end together under a causal mask
                    for (int t = tiles - 1; t >= 0; t--) {
                        tasks.add(new int[] {p - from, p / keyHeads, h, t * ScoreTile.ROWS});
                    }
                }
            }
            Workers.run(tasks.size(), Long.MAX_VALUE, i -> {
                int[] t = tasks.get(i);
                tile(
                        t[1],
                        t[2],
                        t[3],
                        Arrays.copyOfRange(keys, t[0] * n, t[0] * n + n),
                        Arrays.copyOfRange(values, t[0] * n, t[0] * n + n));
            });
        }

        private void tile(int sample, int head, int i0, float[][] keys, float[][] values) {
            int rows = Math.min(ScoreTile.ROWS, tq - i0);
            int ldo = Tile.columns(dv);
            long first = ((long) sample * heads + head) * tq + i0;
            float[] qs = Q.floats(ScoreTile.ROWS * d);
            float[] s = S.floats(ScoreTile.ROWS * ScoreTile.KEYS);
            float[] acc = O.floats(ScoreTile.ROWS * ldo);
            Floats.load(q, first * d, qs, 0, rows * d);
            RowLoops.scale(qs, 0, rows * d, scale);
            Arrays.fill(qs, rows * d, Tile.rows(rows) * d, 0f);
            Arrays.fill(acc, 0, Tile.rows(rows) * ldo, 0f);
            float[] top = new float[rows];
            double[] sum = new double[rows];
            Arrays.fill(top, Float.NEGATIVE_INFINITY);
            for (int x = 0; x < sections.size(); x++) {
                KeySection k = sections.get(x);
                int tk = k.k().dim(2);
                int end = ScoreTile.last(k, sample, i0, rows);
                for (int j = ScoreTile.first(k, sample, i0, rows); j < end; j += ScoreTile.KEYS) {
                    int n = Math.min(ScoreTile.KEYS, tk - j);
                    ScoreTile.compute(k, sample, head, qs, i0, rows, d, keys[x], 0, j, n, s);
                    for (int r = 0; r < rows; r++) {
                        row(s, r * ScoreTile.KEYS, r, top, sum, acc, r * ldo);
                    }
                    Tile.multiply(s, 0, ScoreTile.KEYS, rows, n, values[x], j * Tile.COLUMNS, tk, dv, acc, 0, ldo);
                }
            }
            finish(first, rows, top, sum, acc, ldo);
        }

        /** Scores of a row become weights relative to its running maximum; what was summed so far follows a new one. */
        private void row(float[] s, int at, int r, float[] top, double[] sum, float[] acc, int accAt) {
            float m = RowLoops.max(s, at, ScoreTile.KEYS);
            if (m > top[r]) {
                float shrink = (float) Math.exp((double) top[r] - m);
                sum[r] *= shrink;
                RowLoops.scale(acc, accAt, dv, shrink);
                top[r] = m;
            } else if (top[r] == Float.NEGATIVE_INFINITY && m == m) {
                Arrays.fill(s, at, at + ScoreTile.KEYS, 0f);
                return;
            }
            sum[r] += RowLoops.expInPlace(s, at, ScoreTile.KEYS, m == m ? top[r] : m);
        }

        private void finish(long first, int rows, float[] top, double[] sum, float[] acc, int ldo) {
            for (int r = 0; r < rows; r++) {
                boolean empty = sum[r] == 0;
                if (!empty) {
                    RowLoops.scale(acc, r * ldo, dv, (float) (1 / sum[r]));
                }
                Floats.store(acc, r * ldo, o, (first + r) * dv, dv);
                Floats.set(lse, first + r, empty ? Float.NEGATIVE_INFINITY : (float) (top[r] + Math.log(sum[r])));
            }
        }
    }
}
