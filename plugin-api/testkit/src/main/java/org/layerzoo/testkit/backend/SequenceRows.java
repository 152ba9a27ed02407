package org.layerzoo.testkit.backend;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.layerzoo.core.op.GradientOf;
import org.layerzoo.core.op.Op;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.op.attend.Attend;
import org.layerzoo.core.op.attend.Dropout;
import org.layerzoo.core.op.attend.HeadMap;
import org.layerzoo.core.op.attend.Normaliser;
import org.layerzoo.core.op.attend.Section;
import org.layerzoo.core.op.attend.Wants;
import org.layerzoo.core.op.recur.Algorithm;
import org.layerzoo.core.op.recur.Diagonal;
import org.layerzoo.core.op.recur.Gate;
import org.layerzoo.core.op.recur.Recur;
import org.layerzoo.core.op.scan.SelectiveScan;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;

/** What {@link BackendBench} measures of long sequences: attention and its gradient, gated linear attention, the delta rule, the selective scan. */
final class SequenceRows {
    private static final int HEADS = 16;
    private static final int MILLION = 1 << 20;

    private final boolean small;
    private final List<Row> rows = new ArrayList<>();

    /**
     * @param inputs made on the device when the row is measured, since all of them together are larger than its memory
     * @param work of one run, in what the rate counts
     */
    record Row(String name, Op op, Supplier<List<Tensor>> inputs, double work, String unit) {}

    private SequenceRows(boolean small) {
        this.small = small;
    }

    static List<Row> all(boolean small) {
        SequenceRows r = new SequenceRows(small);
        for (int length : small ? new int[] {64} : new int[] {4096, 16384}) {
            r.attention(length, false);
            r.attention(length, true);
        }
        for (int length : small ? new int[] {96} : new int[] {16384, 65536, MILLION}) {
            // A million tokens of all heads are more elements than a tensor may have.
            int heads = length == MILLION ? 2 : HEADS;
            r.recurrence("gated linear attention", new Gate.Key(), length, heads);
            r.recurrence("delta rule", new Gate.Delta(false), length, heads);
        }
        r.selectiveScan(small ? 96 : 16384, small ? 32 : 2048);
        return r.rows;
    }

    /** 2 x 16 heads of 128; a gradient counts five products, of which a kernel may compute some again. */
    private void attention(int length, boolean causal) {
        int heads = small ? 2 : HEADS;
        int d = small ? 16 : 128;
        List<Section.Visible> seen = causal ? List.of(Section.Visible.Window.causal()) : List.of();
        Section section =
                new Section(new Section.Layout.Dense(), Section.Coordinates.BOTTOM_RIGHT, seen, List.of(), List.of());
        Attend op = new Attend(
                List.of(section),
                new HeadMap.Grouped(),
                1 / Math.sqrt(d),
                0,
                new Normaliser.Softmax(),
                new Dropout.None(),
                Wants.nothing());
        double flops = 4.0 * 2 * heads * length * length * d / (causal ? 2 : 1);
        String what = length + (causal ? " causal " : " ") + "BF16 d" + d;
        Supplier<List<Tensor>> qkv = () -> Stream.of(1, 2, 3)
                .map(n -> random(DType.BF16, n, 2, heads, length, d))
                .toList();
        rows.add(new Row("attention forward " + what, op, qkv, flops / 1e12, "TFLOP/s"));
        Supplier<List<Tensor>> all = () -> {
            List<Tensor> in = qkv.get();
            List<Tensor> out = Ops.all(op, in.toArray(Tensor[]::new));
            return Stream.of(in, out, List.of(random(DType.BF16, 4, 2, heads, length, d)))
                    .flatMap(List::stream)
                    .toList();
        };
        GradientOf gradient = new GradientOf(op, 3, 2, List.of(0), List.of(0, 1, 2));
        rows.add(new Row("attention gradient " + what, gradient, all, 2.5 * flops / 1e12, "TFLOP/s"));
    }

    /** Heads of 128 by 128; linear in the number of tokens where the rate of tokens and heads stays the same. */
    private void recurrence(String name, Gate gate, int length, int heads) {
        int d = small ? 16 : 128;
        int own = small ? 2 : heads;
        Recur op = new Recur(gate, Diagonal.INCLUSIVE, false, 1, new Algorithm.Chunked(64), false, 0);
        Supplier<List<Tensor>> inputs = () -> {
            // Keys as short as normalised ones, so that the state stays bounded.
            Tensor k = random(DType.BF16, 2, 1, own, length, d).mul(1 / Math.sqrt(d));
            Tensor g = gate instanceof Gate.Key
                    ? random(DType.F32, 4, 1, own, length, d).mul(-0.1)
                    : random(DType.F32, 4, 1, own, length);
            return List.of(random(DType.BF16, 1, 1, own, length, d), k, random(DType.BF16, 3, 1, own, length, d), g);
        };
        rows.add(new Row(
                name + " " + length + ", " + own + " heads BF16 d" + d,
                op,
                inputs,
                (double) length * own / 1e6,
                "million tokens x heads/s"));
    }

    /** 16 states a channel, with skip and gate; bytes are those of u, delta, z and y once. */
    private void selectiveScan(int length, int channels) {
        SelectiveScan op =
                new SelectiveScan(true, SelectiveScan.Discretisation.EULER, true, true, true, false, false, 64, 0);
        Supplier<List<Tensor>> inputs = () -> List.of(
                random(DType.BF16, 1, 8, length, channels),
                random(DType.BF16, 2, 8, length, channels),
                random(DType.F32, 3, channels, 16).neg(),
                random(DType.BF16, 4, 8, length, 1, 16),
                random(DType.BF16, 5, 8, length, 1, 16),
                random(DType.F32, 6, channels),
                random(DType.F32, 7, channels),
                random(DType.BF16, 8, 8, length, channels));
        double bytes = 4.0 * 2 * 8 * length * channels;
        rows.add(new Row(
                "selective scan " + length + " BF16, " + channels + " channels", op, inputs, bytes / 1e9, "GB/s"));
    }

    /** Drawn on the device: in [0, 1). */
    private static Tensor random(DType t, long stream, int... dims) {
        return Ops.one(new Primitive.Draw(Primitive.Distribution.UNIFORM, 3, stream, TensorSpec.of(t, dims)));
    }
}
