package org.layerzoo.kernels.op.attend;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.gpu.Gpu;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.op.attend.Dropout;
import org.layerzoo.core.op.attend.Section;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.kernels.op.indexing.Ranges;

/** The terms of attend.h: which keys rows see, what is added to scores, what multiplies weights; and the tensors that they read. */
final class SectionTerms {
    static final int TERMS = 8;
    static final int SLOTS = 8;
    private static final int TERM_INTS = 10;

    /** In the order of the source's enumeration. */
    private enum Kind {
        WINDOW,
        SEGMENTS,
        TILES,
        MASK,
        DENSE_BIAS,
        ALIBI,
        OFFSETS,
        GRID_OFFSETS,
        INDEXED,
        TOEPLITZ,
        DENSE_FACTOR,
        KEEP,
        DRAWN,
        COTANGENT,
        GAIN
    }

    /**
     * A tensor whose gradient is a sum over pairs.
     *
     * @param size how it broadcasts to [B, H, Tq, Tk]; empty for a table
     * @param factor whether it multiplies weights, and is not added to scores
     */
    record Leaf(int input, int term, Tensor tensor, Optional<int[]> size, boolean factor) {}

    private final List<int[]> terms = new ArrayList<>();
    private final List<Tensor> slots = new ArrayList<>();
    private final List<Leaf> leaves = new ArrayList<>();
    private boolean sparse;
    private boolean factors;
    private boolean drops;
    private boolean cotangents;
    private int gain;

    /**
     * Empty when a section's terms fit, else why not.
     *
     * @param more terms, of a tensor each, that the op adds to the section's own
     */
    static Optional<String> refusal(Section s, int more) {
        int tensors = more;
        for (Section.Visible v : s.visible()) {
            tensors += switch (v) {
                case Section.Visible.Window w -> 0;
                case Section.Visible.Segments g -> 2;
                case Section.Visible.Tiles t -> 2;
                default -> 1;
            };
        }
        for (Section.Bias b : s.bias()) {
            tensors += b instanceof Section.Bias.Indexed ? 2 : 1;
        }
        tensors += s.post().size();
        int terms = s.visible().size() + s.bias().size() + s.post().size() + more;
        return terms > TERMS || tensors > SLOTS
                ? Optional.of("more than " + TERMS + " rules, biases and factors of a section")
                : Optional.empty();
    }

    void visible(Section.Visible rule, Feed in, Tensor q, int keys) {
        switch (rule) {
            case Section.Visible.Window w -> add(Kind.WINDOW, 0, w.left(), w.right());
            case Section.Visible.KeyMask m -> full(Kind.MASK, in.next(), perKey(m.perHead(), q, keys));
            case Section.Visible.Segments s -> add(Kind.SEGMENTS, slot(in.next()), slot(in.next()));
            case Section.Visible.Tiles t -> {
                int bounds = slot(in.next());
                Tensor ranges = in.next();
                slots.add(ranges);
                sparse = true;
                int each = (q.dim(2) + t.queryTile() - 1) / t.queryTile();
                add(Kind.TILES, bounds, bounds + 1, t.queryTile(), t.scope().ordinal(), each, ranges.dim(0));
            }
            case Section.Visible.Mask m -> {
                Tensor t = in.next();
                full(Kind.MASK, t, size(t));
            }
        }
    }

    void bias(Section.Bias bias, Feed in, Tensor q, int keys, Gpu gpu) {
        int input = in.at();
        switch (bias) {
            case Section.Bias.Dense d -> {
                Tensor t = in.next();
                leaf(Kind.DENSE_BIAS, input, t, size(t));
            }
            case Section.Bias.PerKey p -> leaf(Kind.DENSE_BIAS, input, in.next(), perKey(p.perHead(), q, keys));
            case Section.Bias.Alibi a -> {
                leaf(Kind.ALIBI, input, in.next(), a.perSample() ? q.dim(0) : 1, q.dim(1), 1, 1);
                terms.getLast()[6] = a.form() == Section.AlibiForm.FROM_LAST_KEY ? 1 : 0;
            }
            case Section.Bias.Offsets o -> table(Kind.OFFSETS, o.center(), in);
            case Section.Bias.GridOffsets g -> grid(g, in);
            case Section.Bias.Indexed i -> {
                Tensor index = in.next();
                Tensor t = in.next();
                check(index, t.dim(1), gpu);
                add(Kind.INDEXED, slot(t), slot(index), t.dim(1), step(t));
                leaves.add(new Leaf(input + 1, terms.size() - 1, t, Optional.empty(), false));
            }
        }
    }

    private void grid(Section.Bias.GridOffsets g, Feed in) {
        int input = in.at();
        Tensor t = in.next();
        int y = t.dim(1);
        int x = t.dim(2);
        add(Kind.GRID_OFFSETS, slot(t), g.queryWidth(), g.keyWidth(), g.centerY(), g.centerX(), y, x, step(t));
        leaves.add(new Leaf(input, terms.size() - 1, t, Optional.empty(), false));
    }

    /** As the look-up that an indexed bias stands for. */
    private static void check(Tensor index, int n, Gpu gpu) {
        Ranges.inside(
                index,
                n,
                gpu,
                first -> ZooException.badArgument(new Primitive.IndexSelect(1).name() + ": an index of 0.." + (n - 1)
                        + " expected, given " + first.value()));
    }

    void factor(Section.Multiplier m, Feed in) {
        factors = true;
        int input = in.at();
        switch (m) {
            case Section.Multiplier.Toeplitz t -> table(Kind.TOEPLITZ, t.center(), in);
            case Section.Multiplier.Dense d -> {
                Tensor t = in.next();
                leaf(Kind.DENSE_FACTOR, input, t, size(t));
            }
        }
    }

    /** Kept weights, of which this section's begin at column {@code from}. */
    void keep(Tensor keep, int from) {
        drops = true;
        full(Kind.KEEP, keep, size(keep));
        terms.getLast()[6] = from;
    }

    /** Weights of {@code all} columns that draws keep. */
    void drawn(Dropout.Philox d, int from, int all) {
        drops = true;
        int rate = Float.floatToRawIntBits((float) d.p());
        long seed = d.seed();
        long stream = d.stream();
        add(Kind.DRAWN, 0, (int) seed, (int) (seed >>> 32), (int) stream, (int) (stream >>> 32), from, all, rate);
    }

    /**
     * The gradient of another result than o, which reaches weights.
     *
     * @param size of the part that this section's pairs meet, by how it broadcasts to them
     * @param row0 the first row that the result knows
     * @param from where in a row of the result the section begins
     * @param pitch of the result's rows
     * @param heads by how many it is divided
     */
    void cotangent(Tensor g, int[] size, int row0, int from, int pitch, int heads) {
        cotangents = true;
        slots.add(g);
        int[] strides = strides(size, pitch);
        boolean wide = g.dtype().bytes() >= 4;
        add(
                Kind.COTANGENT,
                slots.size() - 1,
                strides[0],
                strides[1],
                strides[2],
                strides[3],
                row0,
                heads,
                wide ? 1 : 0,
                from - row0 * strides[2]);
    }

    void gain(Tensor gain, Tensor shift) {
        this.gain = terms.size();
        add(Kind.GAIN, slot(gain), slot(shift));
    }

    /** The term that has gains and shifts. */
    int gain() {
        return gain;
    }

    private void table(Kind kind, int center, Feed in) {
        int input = in.at();
        Tensor t = in.next();
        add(kind, slot(t), center, t.dim(1), step(t));
        leaves.add(new Leaf(input, terms.size() - 1, t, Optional.empty(), kind == Kind.TOEPLITZ));
    }

    /** Distance of two heads in a table. */
    private static int step(Tensor table) {
        return table.dim(0) == 1 ? 0 : Math.toIntExact(table.size() / table.dim(0));
    }

    private void leaf(Kind kind, int input, Tensor t, int... size) {
        full(kind, t, size);
        leaves.add(new Leaf(input, terms.size() - 1, t, Optional.of(size), kind == Kind.DENSE_FACTOR));
    }

    private void full(Kind kind, Tensor t, int... size) {
        slots.add(t);
        add(kind, slots.size() - 1, strides(size, size[3]));
    }

    private static int[] perKey(boolean perHead, Tensor q, int keys) {
        return new int[] {q.dim(0), perHead ? q.dim(1) : 1, 1, keys};
    }

    /** With sizes of 1 in front up to four axes. */
    private static int[] size(Tensor t) {
        Shape s = t.shape();
        int[] out = {1, 1, 1, 1};
        for (int a = 0; a < s.rank(); a++) {
            out[4 - s.rank() + a] = s.dim(a);
        }
        return out;
    }

    /** Of rows that lie {@code pitch} apart. */
    private static int[] strides(int[] size, int pitch) {
        int[] out = {size[1] * size[2] * pitch, size[2] * pitch, pitch, 1};
        for (int a = 0; a < 4; a++) {
            out[a] = size[a] == 1 ? 0 : out[a];
        }
        return out;
    }

    private int slot(Tensor t) {
        slots.add(t);
        return slots.size() - 1;
    }

    private void add(Kind kind, int slot, int... numbers) {
        int[] term = new int[TERM_INTS];
        term[0] = kind.ordinal();
        term[1] = slot;
        System.arraycopy(numbers, 0, term, 2, numbers.length);
        terms.add(term);
    }

    /** What has gradients. */
    List<Leaf> leaves() {
        return leaves;
    }

    boolean sparse() {
        return sparse;
    }

    boolean factors() {
        return factors;
    }

    boolean drops() {
        return drops;
    }

    boolean cotangents() {
        return cotangents;
    }

    int count() {
        return terms.size();
    }

    /** The tensor of a slot; {@code other} where the slot is not used. */
    Tensor slot(int i, Tensor other) {
        return i < slots.size() ? slots.get(i) : other;
    }

    /** Writes the terms into a structure from {@code at} on. */
    void pack(int[] to, int at) {
        for (int t = 0; t < terms.size(); t++) {
            System.arraycopy(terms.get(t), 0, to, at + t * TERM_INTS, TERM_INTS);
        }
    }

    static int ints() {
        return TERMS * TERM_INTS;
    }
}
