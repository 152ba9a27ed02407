package org.layerzoo.core.op.attend;

import java.util.List;
import org.layerzoo.core.op.Args;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.TensorSpec;

/** Checks the inputs of {@link Attend} and counts its visible pairs. */
final class AttendRules {
    private AttendRules() {}

    /** Reads a section's inputs and returns its number of keys. */
    static int section(Args args, Section s, String suffix) {
        String tk = "Tk" + suffix;
        args.floats("k" + suffix, "B Hkv " + tk + " d");
        args.floats("v" + suffix, "B Hkv " + tk + " dv");
        layout(args, s.layout());
        if (s.at() == Section.Coordinates.POSITIONS) {
            position(args, "query positions", "Tq");
            position(args, "key positions", tk);
        }
        s.visible().forEach(v -> visible(args, v, tk));
        s.bias().forEach(b -> bias(args, b, tk));
        s.post().forEach(m -> multiplier(args, m, tk));
        return args.size(tk);
    }

    private static void layout(Args args, Section.Layout layout) {
        switch (layout) {
            case Section.Layout.Dense d -> {}
            case Section.Layout.Lengths l -> {
                if (l.queries()) {
                    args.longs("query lengths", "B");
                }
                if (l.keys()) {
                    args.longs("key lengths", "B");
                }
            }
            case Section.Layout.Packed p -> {
                args.require(args.size("B") == 1, "packed samples need B = 1, given B = " + args.size("B"));
                args.longs("query bounds", "n+1");
                args.longs("key bounds", "n+1");
            }
        }
    }

    private static void position(Args args, String name, String letter) {
        TensorSpec t = args.broadcast(name, DType.I64, args.size("B"), args.size(letter));
        args.require(
                t.shape().rank() >= 1 && t.shape().dim(-1) == args.size(letter),
                name + " of (" + letter + "=" + args.size(letter) + ") or (B, " + letter + ") expected, given " + t);
    }

    private static void visible(Args args, Section.Visible v, String tk) {
        switch (v) {
            case Section.Visible.Window w -> {}
            case Section.Visible.KeyMask k -> args.booleans("key mask", k.perHead() ? "B H " + tk : "B " + tk);
            case Section.Visible.Segments s -> {
                args.longs("query segments", "B Tq");
                args.longs("key segments", "B " + tk);
            }
            case Section.Visible.Tiles t -> {
                args.require(t.queryTile() > 0, "a query tile of at least 1 row expected, given " + t.queryTile());
                args.let("tiles+1", groups(args, t.scope()) * -Math.floorDiv(-args.size("Tq"), t.queryTile()) + 1);
                args.longs("tile bounds", "tiles+1");
                args.longs("ranges", "m 2");
            }
            case Section.Visible.Mask m -> full(args, "mask", DType.BOOL, tk);
        }
    }

    static int groups(Section.Scope scope, int batch, int heads) {
        return switch (scope) {
            case SHARED -> 1;
            case HEAD -> heads;
            case SAMPLE_HEAD -> batch * heads;
        };
    }

    private static int groups(Args args, Section.Scope scope) {
        return groups(scope, args.size("B"), args.size("H"));
    }

    private static void full(Args args, String name, DType type, String tk) {
        args.broadcast(name, type, args.size("B"), args.size("H"), args.size("Tq"), args.size(tk));
    }

    private static void bias(Args args, Section.Bias b, String tk) {
        switch (b) {
            case Section.Bias.Dense d -> full(args, "bias", args.dtype(), tk);
            case Section.Bias.Alibi a -> args.floats("slopes", a.perSample() ? "B H" : "H");
            case Section.Bias.Offsets o -> table(args, "offset table", 2);
            case Section.Bias.GridOffsets g -> {
                args.require(g.queryWidth() > 0 && g.keyWidth() > 0, "grid widths of at least 1 expected, given " + g);
                table(args, "offset table", 3);
            }
            case Section.Bias.Indexed i -> {
                args.longs("bias index", "Tq " + tk);
                table(args, "bias table", 2);
            }
            case Section.Bias.PerKey p -> args.floats("key bias", p.perHead() ? "B H " + tk : "B " + tk);
        }
    }

    private static void multiplier(Args args, Section.Multiplier m, String tk) {
        switch (m) {
            case Section.Multiplier.Toeplitz t -> table(args, "toeplitz table", 2);
            case Section.Multiplier.Dense d -> full(args, "multiplier", args.dtype(), tk);
        }
    }

    private static void table(Args args, String name, int rank) {
        TensorSpec t = args.floats(name);
        boolean fits = t.shape().rank() == rank
                && (t.shape().dim(0) == 1 || t.shape().dim(0) == args.size("H"))
                && t.shape().size() > 0;
        args.require(
                fits, name + " of " + rank + " axes, the first H=" + args.size("H") + " or 1, expected, given " + t);
        args.require(t.dtype() == args.dtype(), name + " of " + args.dtype() + " expected, given " + t);
    }

    static void heads(Args args, HeadMap map) {
        int h = args.size("H");
        int kv = args.size("Hkv");
        switch (map) {
            case HeadMap.Grouped g ->
                args.require(
                        kv > 0 && h % kv == 0, "key heads that divide " + h + " query heads expected, given " + kv);
            case HeadMap.Explicit e -> {
                args.require(e.keyHead().size() == h, "a map of " + h + " heads expected, given " + e.keyHead());
                args.require(
                        e.keyHead().stream().allMatch(i -> i >= 0 && i < kv),
                        "key heads below " + kv + " expected, given " + e.keyHead());
            }
        }
    }

    /** Pairs of rows and keys that windows in index coordinates leave. */
    static long pairs(Attend op, List<TensorSpec> in) {
        TensorSpec q = in.getFirst();
        long heads = q.shape().product(0, 2);
        int tq = q.shape().dim(2);
        int at = 1;
        long sum = 0;
        for (Section s : op.sections()) {
            int tk = in.get(at).shape().dim(2);
            sum += windowed(s, tq, tk);
            at += 2 + tensors(s);
        }
        return heads * sum;
    }

    private static long windowed(Section s, int tq, int tk) {
        if (!(s.layout() instanceof Section.Layout.Dense) || s.at() == Section.Coordinates.POSITIONS) {
            return (long) tq * tk;
        }
        int shift = s.at() == Section.Coordinates.BOTTOM_RIGHT ? tk - tq : 0;
        long sum = 0;
        for (int i = 0; i < tq; i++) {
            int from = 0;
            int to = tk;
            for (Section.Visible v : s.visible()) {
                if (v instanceof Section.Visible.Window w) {
                    from = w.left() < 0 ? from : Math.max(from, i + shift - w.left());
                    to = w.right() < 0 ? to : Math.min(to, i + shift + w.right() + 1);
                }
            }
            sum += Math.max(0, to - from);
        }
        return sum;
    }

    /** Tensors of a section behind k and v. */
    static int tensors(Section s) {
        int n = s.at() == Section.Coordinates.POSITIONS ? 2 : 0;
        n += switch (s.layout()) {
            case Section.Layout.Dense d -> 0;
            case Section.Layout.Lengths l -> (l.queries() ? 1 : 0) + (l.keys() ? 1 : 0);
            case Section.Layout.Packed p -> 2;
        };
        for (Section.Visible v : s.visible()) {
            n += switch (v) {
                case Section.Visible.Window w -> 0;
                case Section.Visible.KeyMask k -> 1;
                case Section.Visible.Mask m -> 1;
                case Section.Visible.Segments g -> 2;
                case Section.Visible.Tiles t -> 2;
            };
        }
        for (Section.Bias b : s.bias()) {
            n += b instanceof Section.Bias.Indexed ? 2 : 1;
        }
        return n + s.post().size();
    }
}
