package org.layerzoo.core.op.attend;

import static org.layerzoo.core.op.CaseTable.flags;
import static org.layerzoo.core.op.CaseTable.ids;
import static org.layerzoo.core.op.CaseTable.within;
import static org.layerzoo.core.op.CaseTable.x;

import java.util.List;
import org.layerzoo.core.op.CaseTable;
import org.layerzoo.core.op.OpCase;
import org.layerzoo.core.op.OpCase.Input;
import org.layerzoo.core.op.attend.Section.Bias;
import org.layerzoo.core.op.attend.Section.Coordinates;
import org.layerzoo.core.op.attend.Section.Layout;
import org.layerzoo.core.op.attend.Section.Multiplier;
import org.layerzoo.core.op.attend.Section.Visible;

/** Shapes and ranges of attention. */
public final class AttendCases {
    private static final Normaliser SOFTMAX = new Normaliser.Softmax();

    private AttendCases() {}

    public static List<OpCase> all() {
        CaseTable t = new CaseTable();
        plain(t);
        rules(t);
        biases(t);
        normalisers(t);
        rest(t);
        return t.all();
    }

    private static Section section(List<Visible> v, List<Bias> b, List<Multiplier> m) {
        return new Section(new Layout.Dense(), Coordinates.BOTTOM_RIGHT, v, b, m);
    }

    private static Attend op(Section... s) {
        return op(SOFTMAX, s);
    }

    private static Attend op(Normaliser n, Section... s) {
        return new Attend(List.of(s), new HeadMap.Grouped(), 0.5, 0, n, new Dropout.None(), Wants.nothing());
    }

    private static Attend rule(Visible... v) {
        return op(section(List.of(v), List.of(), List.of()));
    }

    private static Attend bias(Bias... b) {
        return op(section(List.of(Visible.Window.causal()), List.of(b), List.of()));
    }

    private static void plain(CaseTable t) {
        Attend all = op(Section.all());
        Attend causal = rule(Visible.Window.causal());
        t.small("one row, one key", all, x(1, 1, 1, 3), x(1, 1, 1, 3), x(1, 1, 1, 2));
        t.small("grouped heads", all, x(2, 4, 3, 5), x(2, 2, 7, 5), x(2, 2, 7, 3));
        t.small("causal, more keys", causal, x(1, 2, 3, 4), x(1, 2, 7, 4), x(1, 2, 7, 4));
        t.add(
                "causal, rows that see nothing",
                causal,
                1e-5,
                false,
                "lse is -inf there",
                x(1, 2, 7, 4),
                x(1, 1, 3, 4),
                x(1, 1, 3, 4));
        for (int n : new int[] {63, 64, 65}) {
            t.large("causal " + n, causal, x(1, 2, n, 64), x(1, 1, n, 64), x(1, 1, n, 64));
        }
        t.large("causal 130, head of 128", causal, x(1, 2, 130, 128), x(1, 1, 130, 128), x(1, 1, 130, 60));
        t.large(
                "257 over 1000, head of 61",
                all,
                within(-3, 3, 1, 2, 257, 61),
                within(-3, 3, 1, 2, 1000, 61),
                x(1, 2, 1000, 61));
        t.large("causal 1000", causal, within(-3, 3, 1, 1, 1000, 32), within(-3, 3, 1, 1, 1000, 32), x(1, 1, 1000, 32));
    }

    private static void rules(CaseTable t) {
        t.small("window", rule(new Visible.Window(2, 1)), x(1, 2, 7, 4), x(1, 2, 7, 4), x(1, 2, 7, 4));
        Attend wide = rule(new Visible.Window(63, 0));
        t.large("window 64 of 300", wide, x(1, 2, 300, 16), x(1, 2, 300, 16), x(1, 2, 300, 16));
        Layout layout = new Layout.Lengths(false, true);
        Section lengths = new Section(layout, Coordinates.BOTTOM_RIGHT, List.of(), List.of(), List.of());
        t.small("key lengths", op(lengths), x(3, 2, 5, 4), x(3, 2, 7, 4), x(3, 2, 7, 4), ids(1, 8, 3));
        List<Visible> window = List.of(new Visible.Window(-1, 5));
        List<Bias> offsets = List.of(new Bias.Offsets(3));
        Attend positions = op(new Section(new Layout.Dense(), Coordinates.POSITIONS, window, offsets, List.of()));
        Input[] placed = {x(2, 1, 5, 4), x(2, 1, 7, 4), x(2, 1, 7, 4), ids(5, 9, 2, 5), ids(0, 9, 7), x(1, 7)};
        t.small("positions", positions, placed);
        hidden(t, "key mask", new Visible.KeyMask(false), x(3, 2, 5, 4), x(3, 2, 7, 4), x(3, 2, 7, 4), flags(3, 7));
        Input[] segments = {x(2, 2, 9, 4), x(2, 2, 9, 4), x(2, 2, 9, 4), ids(0, 3, 2, 9), ids(0, 3, 2, 9)};
        hidden(t, "segments", new Visible.Segments(), segments);
        hidden(t, "dense mask", new Visible.Mask(), x(2, 3, 9, 4), x(2, 3, 9, 4), x(2, 3, 9, 4), flags(3, 9, 9));
    }

    private static void hidden(CaseTable t, String name, Visible v, Input... in) {
        t.add(name, rule(v), 1e-5, false, "rows may see nothing", in);
    }

    private static void biases(CaseTable t) {
        t.small("dense bias", bias(new Bias.Dense()), x(2, 2, 5, 4), x(2, 2, 5, 4), x(2, 2, 5, 4), x(2, 1, 5, 5));
        t.small(
                "alibi",
                bias(new Bias.Alibi(Section.AlibiForm.DISTANCE, false)),
                x(1, 2, 5, 4),
                x(1, 2, 7, 4),
                x(1, 2, 7, 4),
                within(0, 1, 2));
        t.small(
                "alibi from the last key",
                bias(new Bias.Alibi(Section.AlibiForm.FROM_LAST_KEY, true)),
                x(2, 2, 5, 4),
                x(2, 2, 7, 4),
                x(2, 2, 7, 4),
                within(0, 1, 2, 2));
        t.small("offsets, clamped", bias(new Bias.Offsets(3)), x(1, 2, 7, 4), x(1, 2, 7, 4), x(1, 2, 7, 4), x(2, 7));
        Attend grid = op(section(List.of(), List.of(new Bias.GridOffsets(3, 3, 1, 2)), List.of()));
        t.small("grid offsets", grid, x(1, 2, 6, 4), x(1, 2, 6, 4), x(1, 2, 6, 4), x(2, 3, 5));
        t.small(
                "indexed",
                bias(new Bias.Indexed()),
                x(1, 2, 5, 4),
                x(1, 2, 7, 4),
                x(1, 2, 7, 4),
                ids(0, 3, 5, 7),
                x(2, 3));
        t.small(
                "per key",
                bias(new Bias.PerKey(true), new Bias.PerKey(false)),
                x(2, 2, 3, 4),
                x(2, 2, 7, 4),
                x(2, 2, 7, 4),
                x(2, 2, 7),
                x(2, 7));
    }

    private static void normalisers(CaseTable t) {
        Section causal = section(List.of(Visible.Window.causal()), List.of(), List.of());
        // -0.003 + 1.003 p stays above 0 for p >= 0.003: no weight of seven keys comes near the clip.
        t.small("clip", op(new Normaliser.Clip(1, -0.003), Section.all()), x(1, 2, 5, 4), x(1, 2, 7, 4), x(1, 2, 7, 4));
        t.small("sigmoid", op(new Normaliser.Sigmoid(-2), causal), x(1, 2, 7, 4), x(1, 2, 7, 4), x(1, 2, 7, 4));
        t.small(
                "mean and std",
                op(new Normaliser.MeanStd(1e-3), Section.all()),
                x(1, 2, 5, 4),
                x(1, 2, 7, 4),
                x(1, 2, 7, 4),
                x(2),
                x(2));
        t.small("relu squared", op(new Normaliser.Relu2(), causal), x(1, 2, 7, 4), x(1, 2, 7, 4), x(1, 2, 7, 4));
        t.small(
                "laplace",
                op(new Normaliser.Laplace(0.7071, 0.2821), causal),
                x(1, 2, 7, 4),
                x(1, 2, 7, 4),
                x(1, 2, 7, 4));
        t.small("none", op(new Normaliser.None(), causal), x(1, 2, 7, 4), x(1, 2, 7, 4), x(1, 2, 7, 4));
    }

    private static void rest(CaseTable t) {
        Section causal = section(List.of(Visible.Window.causal()), List.of(), List.of());
        Section toeplitz = section(List.of(), List.of(new Bias.Offsets(6)), List.of(new Multiplier.Toeplitz(6)));
        t.small("toeplitz", op(toeplitz), x(1, 2, 7, 4), x(1, 2, 7, 4), x(1, 2, 7, 4), x(2, 13), x(2, 13));
        t.small(
                "two sections",
                op(Section.all(), causal),
                x(1, 2, 3, 4),
                x(1, 1, 5, 4),
                x(1, 1, 5, 4),
                x(1, 1, 7, 4),
                x(1, 1, 7, 4));
        Attend capped = new Attend(
                List.of(causal),
                new HeadMap.Explicit(List.of(1, 0, 1)),
                0.7,
                3,
                SOFTMAX,
                new Dropout.Philox(0.3, 5, 2),
                new Wants(true, 2, true, 3));
        t.small("softcap, head map, dropout, wants", capped, x(1, 3, 7, 4), x(1, 2, 7, 4), x(1, 2, 7, 4));
        t.small("two parts", new MergeLse(2, false), x(2, 3, 5), x(2, 3), x(2, 3, 5), x(2, 3));
        t.small(
                "three weighted parts",
                new MergeLse(3, true),
                x(7, 5),
                x(7),
                x(7),
                x(7, 5),
                x(7),
                x(7),
                x(7, 5),
                x(7),
                x(7));
    }
}
