package org.layerzoo.cpuvector.op.attend;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import org.layerzoo.core.op.attend.Attend;
import org.layerzoo.core.op.attend.Section;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;

/**
 * One section of keys, read for kernels: which keys a row can see at all (a range that windows and lengths leave) and what changes
 * its scores inside that range.
 *
 * @param input place of k among the op's inputs; v follows
 * @param shift per sample, coordinate of row 0
 * @param queries rows that exist, per sample
 * @param keys keys that exist, per sample
 * @param packed what each row belongs to where samples lie end to end; it replaces shift, queries and keys
 * @param tiles lists of the keys that tiles of rows see, all of which are to be met
 * @param softcap of the scores before any edit, 0 for none
 * @param terms the biases among the edits, for their gradients
 * @param post factors on the weights
 * @param pointwise what makes weights of single scores; empty for the softmax
 * @param left keys before a row's own coordinate, negative for all; right likewise
 */
record KeySection(
        int input,
        Tensor k,
        Tensor v,
        int[] shift,
        int[] queries,
        int[] keys,
        int left,
        int right,
        float softcap,
        List<ScoreEdit> edits,
        List<BiasTerm> terms,
        List<ScoreEdit> post,
        Optional<PointwiseWeights> pointwise,
        List<TileList> tiles,
        Optional<PackedRows> packed) {

    /** Every section of a call, with the dropout among the factors. */
    static List<KeySection> all(Attend op, Tensor q, Inputs in) {
        List<KeySection> sections =
                op.sections().stream().map(s -> of(op, s, q, in)).toList();
        int keys = sections.stream().mapToInt(s -> s.k.dim(2)).sum();
        Optional<DropEdit.Drop> drop = DropEdit.of(op.dropout(), q, keys, in);
        if (drop.isEmpty()) {
            return sections;
        }
        List<KeySection> out = new ArrayList<>();
        int behind = 0;
        for (KeySection s : sections) {
            out.add(s.with(drop.get().section(behind)));
            behind += s.k.dim(2);
        }
        return out;
    }

    private KeySection with(ScoreEdit factor) {
        List<ScoreEdit> all = new ArrayList<>(post);
        all.add(factor);
        return new KeySection(
                input,
                k,
                v,
                shift,
                queries,
                keys,
                left,
                right,
                softcap,
                edits,
                terms,
                List.copyOf(all),
                pointwise,
                tiles,
                packed);
    }

    private static KeySection of(Attend op, Section s, Tensor q, Inputs in) {
        int input = in.place();
        Tensor k = in.next();
        Tensor v = in.next();
        int[][] sizes = lengths(s.layout(), q, k, in);
        Optional<PackedRows> packed = s.layout() instanceof Section.Layout.Packed
                ? Optional.of(PackedRows.of(s.at(), in.next(), in.next(), q.dim(2)))
                : Optional.empty();
        int[] shift = new int[q.dim(0)];
        Arrays.setAll(shift, b -> s.at() == Section.Coordinates.BOTTOM_RIGHT ? sizes[1][b] - sizes[0][b] : 0);
        boolean placed = s.at() == Section.Coordinates.POSITIONS
                || !s.bias().isEmpty()
                || !s.post().isEmpty();
        Places places = placed ? Places.of(s.at(), shift, packed, q.dim(2), in) : Places.NONE;
        Rules rules = Rules.of(s, q, places, in);
        List<ScoreEdit> edits = new ArrayList<>();
        List<BiasTerm> terms = new ArrayList<>();
        int[] last = lastKeys(packed.filter(p -> placed), k.dim(2));
        s.bias().forEach(b -> bias(b, in, places, last, edits, terms));
        edits.addAll(rules.masks);
        edits.addAll(rules.tiles);
        List<ScoreEdit> post = s.post().stream().map(m -> factor(m, in, places)).toList();
        return new KeySection(
                input,
                k,
                v,
                shift,
                sizes[0],
                sizes[1],
                rules.left,
                rules.right,
                (float) op.softcap(),
                List.copyOf(edits),
                List.copyOf(terms),
                post,
                PointwiseWeights.of(op.norm()),
                rules.tiles,
                packed);
    }

    /** Rows and keys that exist, per sample. */
    private static int[][] lengths(Section.Layout layout, Tensor q, Tensor k, Inputs in) {
        int[][] sizes = new int[2][q.dim(0)];
        Arrays.fill(sizes[0], q.dim(2));
        Arrays.fill(sizes[1], k.dim(2));
        if (layout instanceof Section.Layout.Lengths l) {
            sizes[0] = l.queries() ? limited(in.next(), q.dim(2)) : sizes[0];
            sizes[1] = l.keys() ? limited(in.next(), k.dim(2)) : sizes[1];
        }
        return sizes;
    }

    /** The last key that counts, of each row where samples lie end to end. */
    private static int[] lastKeys(Optional<PackedRows> packed, int keys) {
        return packed.map(p -> Arrays.stream(p.end()).map(e -> e - 1).toArray()).orElseGet(() -> new int[] {keys - 1});
    }

    /** What the rules of a section leave to see. */
    private record Rules(int left, int right, List<ScoreEdit> masks, List<TileList> tiles) {
        static Rules of(Section s, Tensor q, Places places, Iterator<Tensor> in) {
            int left = -1;
            int right = -1;
            List<ScoreEdit> masks = new ArrayList<>();
            List<TileList> tiles = new ArrayList<>();
            for (Section.Visible rule : s.visible()) {
                switch (rule) {
                    case Section.Visible.Window w
                    when s.at() == Section.Coordinates.POSITIONS ->
                        masks.add(ScoreEdit.window(w.left(), w.right(), places));
                    case Section.Visible.Window w -> {
                        left = narrower(left, w.left());
                        right = narrower(right, w.right());
                    }
                    case Section.Visible.Tiles t -> tiles.add(TileList.of(t, q, in.next(), in.next()));
                    default -> masks.add(mask(rule, in));
                }
            }
            return new Rules(left, right, masks, tiles);
        }
    }

    private static ScoreEdit factor(Section.Multiplier m, Iterator<Tensor> in, Places places) {
        return switch (m) {
            case Section.Multiplier.Toeplitz t -> ScoreEdit.toeplitz(t.center(), in.next(), places);
            case Section.Multiplier.Dense d -> ScoreEdit.times(in.next());
        };
    }

    /** Whether any of rows i .. i+rows-1 sees any of keys j .. j+n-1, as far as lists of tiles tell. */
    boolean touches(int sample, int head, int i, int rows, int j, int n) {
        // by index: an iterator for each block would be an allocation for each
        for (int t = 0; t < tiles.size(); t++) {
            if (!tiles.get(t).touches(sample, head, i, rows, j, n)) {
                return false;
            }
        }
        return true;
    }

    private static int[] limited(Tensor lengths, int n) {
        return Arrays.stream(lengths.toLongs())
                .mapToInt(x -> (int) Math.clamp(x, 0, n))
                .toArray();
    }

    private static int narrower(int a, int b) {
        return a < 0 ? b : b < 0 ? a : Math.min(a, b);
    }

    private static ScoreEdit mask(Section.Visible rule, Iterator<Tensor> in) {
        return switch (rule) {
            case Section.Visible.KeyMask m -> ScoreEdit.mask(perKey(in.next(), m.perHead()));
            case Section.Visible.Segments g -> ScoreEdit.segments(in.next(), in.next());
            default -> ScoreEdit.mask(in.next());
        };
    }

    private static void bias(
            Section.Bias bias, Inputs in, Places places, int[] last, List<ScoreEdit> edits, List<BiasTerm> terms) {
        int at = in.place();
        Tensor t = in.next();
        switch (bias) {
            case Section.Bias.Dense d -> {
                edits.add(ScoreEdit.dense(t));
                terms.add(BiasTerm.dense(at, t, t));
            }
            case Section.Bias.Alibi a -> {
                edits.add(ScoreEdit.alibi(a, t, places, last));
                terms.add(BiasTerm.alibi(at, a, t, places, last));
            }
            case Section.Bias.Offsets o -> {
                edits.add(ScoreEdit.offsets(o.center(), t, places));
                terms.add(BiasTerm.offsets(at, o.center(), t, places));
            }
            case Section.Bias.GridOffsets g -> {
                edits.add(ScoreEdit.grid(g, t));
                terms.add(BiasTerm.grid(at, g, t));
            }
            case Section.Bias.Indexed i -> {
                Tensor table = in.next();
                edits.add(ScoreEdit.indexed(t, table));
                terms.add(BiasTerm.indexed(at + 1, t, table));
            }
            case Section.Bias.PerKey p -> {
                Tensor seen = perKey(t, p.perHead());
                edits.add(ScoreEdit.dense(seen));
                terms.add(BiasTerm.dense(at, t, seen));
            }
        }
    }

    /** [B, Tk] or [B, H, Tk] as [B, 1 | H, 1, Tk]. */
    private static Tensor perKey(Tensor t, boolean perHead) {
        Shape s = t.shape();
        return t.view(perHead ? s.insert(2, 1) : s.insert(1, 1).insert(1, 1));
    }

    /** First key that row i of a sample sees. */
    int from(int sample, int i) {
        if (packed.isPresent()) {
            return packed.get().from(i, left);
        }
        return left < 0 ? 0 : Math.max(0, i + shift[sample] - left);
    }

    /** Behind the last key that row i of a sample sees. */
    int to(int sample, int i) {
        if (packed.isPresent()) {
            return packed.get().to(i, right);
        }
        if (i >= queries[sample]) {
            return 0;
        }
        return right < 0 ? keys[sample] : Math.clamp(i + shift[sample] + right + 1L, 0, keys[sample]);
    }
}
