package org.layerzoo.core.op.attend;

import java.util.List;

/**
 * One set of keys of an {@link Attend}: how rows are laid out, what coordinates rows and keys have, which keys a row
 * sees (all rules together), what is added to its scores and what multiplies its weights. Tensors follow k and v in the
 * order of the components: layout, coordinates, rules, biases, multipliers.
 *
 * <p>With coordinates r of a row and c of a key, windows, ALiBi and offset tables depend on c - r only.
 */
public record Section(Layout layout, Coordinates at, List<Visible> visible, List<Bias> bias, List<Multiplier> post) {
    public Section {
        visible = List.copyOf(visible);
        bias = List.copyOf(bias);
        post = List.copyOf(post);
    }

    /** Every row sees every key. */
    public static Section all() {
        return new Section(new Layout.Dense(), Coordinates.BOTTOM_RIGHT, List.of(), List.of(), List.of());
    }

    /** Which rows and keys exist. */
    public sealed interface Layout {
        record Dense() implements Layout {}

        /** Tensors: query lengths I64 [B] when {@code queries}, key lengths I64 [B] when {@code keys}; rows and keys behind them do not exist. */
        record Lengths(boolean queries, boolean keys) implements Layout {}

        /** B = 1 and samples lie end to end. Tensors: bounds I64 [n+1] of the queries and of the keys; a sample sees itself only. */
        record Packed() implements Layout {}
    }

    /** What r and c are. */
    public enum Coordinates {
        /** c = j, r = i + Tk - Tq, with the sample's own lengths: the last row meets the last key. */
        BOTTOM_RIGHT,
        /** c = j, r = i. */
        TOP_LEFT,
        /** Tensors: I64 [Tq] or [B, Tq] for r, then I64 [Tk] or [B, Tk] for c. */
        POSITIONS
    }

    /** A rule that a visible key meets. */
    public sealed interface Visible {
        /** r - left <= c <= r + right; a negative side is unlimited. */
        record Window(int left, int right) implements Visible {
            public static Window causal() {
                return new Window(-1, 0);
            }
        }

        /** Tensor: BOOL [B, Tk], or [B, H, Tk] when {@code perHead}; true is visible. */
        record KeyMask(boolean perHead) implements Visible {}

        /** Tensors: I64 [B, Tq] and [B, Tk]; equal ids see each other. */
        record Segments() implements Visible {}

        /**
         * A list of key ranges for every tile of {@code queryTile} rows, for all heads, per head or per sample and head.
         * Tensors: bounds I64 [G ceil(Tq / queryTile) + 1] with G = 1, H or B H, ranges I64 [m, 2] (from, to); tile n
         * sees the ranges bounds[n] .. bounds[n+1] - 1.
         */
        record Tiles(int queryTile, Scope scope) implements Visible {}

        /** Tensor: BOOL that broadcasts to [B, H, Tq, Tk]; true is visible. */
        record Mask() implements Visible {}
    }

    /** Whether something is shared by all heads or has one value a head, or one a sample and head. */
    public enum Scope {
        SHARED,
        HEAD,
        SAMPLE_HEAD
    }

    /** A term added to the scaled, soft-capped score. */
    public sealed interface Bias {
        /** Tensor: broadcasts to [B, H, Tq, Tk]; -inf hides a key. */
        record Dense() implements Bias {}

        /** Tensor: slopes [H], or [B, H] when {@code perSample}. */
        record Alibi(AlibiForm form, boolean perSample) implements Bias {}

        /** Tensor: table [H, R] or [1, R]; the entry at clamp(c - r + center, 0, R - 1). */
        record Offsets(int center) implements Bias {}

        /**
         * Rows and keys on grids of the given widths; tensor: table [H, Ry, Rx] or [1, Ry, Rx]; the entry at
         * (yk - yq + centerY, xk - xq + centerX), both clamped.
         */
        record GridOffsets(int queryWidth, int keyWidth, int centerY, int centerX) implements Bias {}

        /** Tensors: index I64 [Tq, Tk] and table [H, R] or [1, R]. */
        record Indexed() implements Bias {}

        /** Tensor: [B, Tk], or [B, H, Tk] when {@code perHead}. */
        record PerKey(boolean perHead) implements Bias {}
    }

    /** The two ways of writing ALiBi; they differ by a constant a row, which shifts the log-sum-exp and nothing else. */
    public enum AlibiForm {
        /** -slope |c - r|. */
        DISTANCE,
        /** slope (j - (Tk - 1)), with the key's index and the number of key slots (of the sample where packed). */
        FROM_LAST_KEY
    }

    /** A factor on the weights after normalisation; rows are not normalised again. */
    public sealed interface Multiplier {
        /** Tensor: table [H, R] or [1, R]; the entry at clamp(c - r + center, 0, R - 1). */
        record Toeplitz(int center) implements Multiplier {}

        /** Tensor: broadcasts to [B, H, Tq, Tk]. */
        record Dense() implements Multiplier {}
    }
}
