package org.layerzoo.kernels.op.attend;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import org.layerzoo.core.op.attend.Section;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;

/** The terms of attend.h: which keys rows see, what is added to scores, what multiplies weights; and the tensors that they read. */
final class SectionTerms {
    static final int TERMS = 8;
    static final int SLOTS = 8;
    private static final int TERM_INTS = 10;

    /** In the order of the source's enumeration. */
    private enum Kind {
        WINDOW,
        KEY_MASK,
        SEGMENTS,
        TILES,
        MASK,
        DENSE_BIAS,
        ALIBI,
        OFFSETS,
        GRID_OFFSETS,
        PER_KEY,
        TOEPLITZ,
        DENSE_FACTOR,
        KEEP
    }

    private final List<int[]> terms = new ArrayList<>();
    private final List<Tensor> slots = new ArrayList<>();
    private boolean sparse;
    private boolean factors;

    /** Empty when a section's terms fit, else why not. */
    static Optional<String> refusal(Section s, boolean keep) {
        int tensors = keep ? 1 : 0;
        for (Section.Visible v : s.visible()) {
            tensors += switch (v) {
                case Section.Visible.Window w -> 0;
                case Section.Visible.Segments g -> 2;
                case Section.Visible.Tiles t -> 2;
                default -> 1;
            };
        }
        if (s.bias().stream().anyMatch(b -> b instanceof Section.Bias.Indexed)) {
            return Optional.of("a bias by an index tensor, whose indices are not checked on the device");
        }
        tensors += s.bias().size() + s.post().size();
        int terms = s.visible().size() + s.bias().size() + s.post().size() + (keep ? 1 : 0);
        return terms > TERMS || tensors > SLOTS
                ? Optional.of("more than " + TERMS + " rules, biases and factors of a section")
                : Optional.empty();
    }

    void visible(Section.Visible rule, Iterator<Tensor> in, int tiles) {
        switch (rule) {
            case Section.Visible.Window w -> add(Kind.WINDOW, 0, w.left(), w.right());
            case Section.Visible.KeyMask m -> add(Kind.KEY_MASK, slot(in), m.perHead() ? 1 : 0);
            case Section.Visible.Segments s -> add(Kind.SEGMENTS, slot(in), slot(in));
            case Section.Visible.Tiles t -> {
                int bounds = slot(in);
                Tensor ranges = in.next();
                slots.add(ranges);
                sparse = true;
                int each = (tiles + t.queryTile() - 1) / t.queryTile();
                add(Kind.TILES, bounds, bounds + 1, t.queryTile(), t.scope().ordinal(), each, ranges.dim(0));
            }
            case Section.Visible.Mask m -> full(Kind.MASK, in.next());
        }
    }

    void bias(Section.Bias bias, Iterator<Tensor> in) {
        switch (bias) {
            case Section.Bias.Dense d -> full(Kind.DENSE_BIAS, in.next());
            case Section.Bias.Alibi a ->
                add(Kind.ALIBI, slot(in), a.form() == Section.AlibiForm.FROM_LAST_KEY ? 1 : 0, a.perSample() ? 1 : 0);
            case Section.Bias.Offsets o -> table(Kind.OFFSETS, o.center(), in.next());
            case Section.Bias.GridOffsets g -> {
                Tensor t = in.next();
                slots.add(t);
                int head = t.dim(0) == 1 ? 0 : t.dim(1) * t.dim(2);
                add(
                        Kind.GRID_OFFSETS,
                        slots.size() - 1,
                        g.queryWidth(),
                        g.keyWidth(),
                        g.centerY(),
                        g.centerX(),
                        t.dim(1),
                        t.dim(2),
                        head);
            }
            case Section.Bias.PerKey p -> add(Kind.PER_KEY, slot(in), p.perHead() ? 1 : 0);
            case Section.Bias.Indexed i -> throw new IllegalStateException("refused");
        }
    }

    void factor(Section.Multiplier m, Iterator<Tensor> in) {
        factors = true;
        switch (m) {
            case Section.Multiplier.Toeplitz t -> table(Kind.TOEPLITZ, t.center(), in.next());
            case Section.Multiplier.Dense d -> full(Kind.DENSE_FACTOR, in.next());
        }
    }

    /** Kept weights, of which this section's begin at column {@code from}. */
    void keep(Tensor keep, int from) {
        factors = true;
        full(Kind.KEEP, keep);
        terms.getLast()[6] = from;
    }

    private void table(Kind kind, int center, Tensor t) {
        slots.add(t);
        add(kind, slots.size() - 1, center, t.dim(1), t.dim(0) == 1 ? 0 : t.dim(1));
    }

    private void full(Kind kind, Tensor t) {
        slots.add(t);
        int[] strides = new int[4];
        Shape s = t.shape();
        for (int a = 0; a < s.rank(); a++) {
            strides[4 - s.rank() + a] = s.dim(a) == 1 ? 0 : Math.toIntExact(s.product(a + 1, s.rank()));
        }
        add(kind, slots.size() - 1, strides);
    }

    private int slot(Iterator<Tensor> in) {
        slots.add(in.next());
        return slots.size() - 1;
    }

    private void add(Kind kind, int slot, int... numbers) {
        int[] term = new int[TERM_INTS];
        term[0] = kind.ordinal();
        term[1] = slot;
        System.arraycopy(numbers, 0, term, 2, numbers.length);
        terms.add(term);
    }

    boolean sparse() {
        return sparse;
    }

    boolean factors() {
        return factors;
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
