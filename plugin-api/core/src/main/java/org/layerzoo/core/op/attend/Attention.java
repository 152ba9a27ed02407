package org.layerzoo.core.op.attend;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.exec.Exec;
import org.layerzoo.core.tensor.Tensor;

/**
 * Builds a call of {@link Attend}: {@code Attention.of(q).keys(k, v).causal().alibi(slopes, DISTANCE).run()}. What is said
 * after {@code keys} belongs to that section of keys until the next {@code keys}. The scale is 1 / sqrt(d) unless given.
 */
public final class Attention {
    private final Tensor q;
    private final List<Draft> sections = new ArrayList<>();
    private HeadMap heads = new HeadMap.Grouped();
    private double scale;
    private double softcap;
    private Normaliser norm = new Normaliser.Softmax();
    private Dropout dropout = new Dropout.None();
    private Wants wants = Wants.nothing();
    private List<Tensor> normTensors = List.of();
    private List<Tensor> dropTensors = List.of();

    private static final class Draft {
        final List<Tensor> kv;
        Section.Layout layout = new Section.Layout.Dense();
        Section.Coordinates at = Section.Coordinates.BOTTOM_RIGHT;
        List<Tensor> layoutTensors = List.of();
        List<Tensor> positions = List.of();
        final List<Section.Visible> visible = new ArrayList<>();
        final List<Tensor> visibleTensors = new ArrayList<>();
        final List<Section.Bias> bias = new ArrayList<>();
        final List<Tensor> biasTensors = new ArrayList<>();
        final List<Section.Multiplier> post = new ArrayList<>();
        final List<Tensor> postTensors = new ArrayList<>();

        Draft(Tensor k, Tensor v) {
            kv = List.of(k, v);
        }

        void tensors(List<Tensor> in) {
            List.of(kv, layoutTensors, positions, visibleTensors, biasTensors, postTensors)
                    .forEach(in::addAll);
        }
    }

    private Attention(Tensor q) {
        this.q = q;
        this.scale = q.rank() == 0 ? 1 : 1 / Math.sqrt(q.dim(-1));
    }

    /** @param q [B, H, Tq, d] */
    public static Attention of(Tensor q) {
        return new Attention(q);
    }

    /** Opens a section: k [B, Hkv, Tk, d], v [B, Hkv, Tk, dv]. */
    public Attention keys(Tensor k, Tensor v) {
        sections.add(new Draft(k, v));
        return this;
    }

    private Draft last() {
        if (sections.isEmpty()) {
            throw ZooException.badArgument("attend: keys(k, v) expected before a rule or bias of its section");
        }
        return sections.getLast();
    }

    /** Keys behind the last row are hidden; the last row meets the last key. */
    public Attention causal() {
        return window(-1, 0);
    }

    /** Only keys from {@code left} before to {@code right} behind a row; negative is unlimited. */
    public Attention window(int left, int right) {
        return rule(new Section.Visible.Window(left, right));
    }

    /** @param mask BOOL [B, Tk] or [B, H, Tk], true is visible */
    public Attention keyMask(Tensor mask) {
        return rule(new Section.Visible.KeyMask(mask.rank() == 3), mask);
    }

    /** @param mask BOOL that broadcasts to [B, H, Tq, Tk], true is visible */
    public Attention mask(Tensor mask) {
        return rule(new Section.Visible.Mask(), mask);
    }

    /** Equal ids see each other: I64 [B, Tq] and [B, Tk]. */
    public Attention segments(Tensor query, Tensor key) {
        return rule(new Section.Visible.Segments(), query, key);
    }

    /** @param bounds I64 [G tiles + 1] @param ranges I64 [m, 2] */
    public Attention tiles(int queryTile, Section.Scope scope, Tensor bounds, Tensor ranges) {
        return rule(new Section.Visible.Tiles(queryTile, scope), bounds, ranges);
    }

    private Attention rule(Section.Visible v, Tensor... t) {
        last().visible.add(v);
        last().visibleTensors.addAll(Arrays.asList(t));
        return this;
    }

    /** @param lengths I64 [B] of the keys */
    public Attention keyLengths(Tensor lengths) {
        last().layout = new Section.Layout.Lengths(false, true);
        last().layoutTensors = List.of(lengths);
        return this;
    }

    /** I64 [B] each; rows behind their length give 0. */
    public Attention lengths(Tensor queries, Tensor keys) {
        last().layout = new Section.Layout.Lengths(true, true);
        last().layoutTensors = List.of(queries, keys);
        return this;
    }

    /** Samples end to end with B = 1: bounds I64 [n+1] of queries and keys. */
    public Attention packed(Tensor queryBounds, Tensor keyBounds) {
        last().layout = new Section.Layout.Packed();
        last().layoutTensors = List.of(queryBounds, keyBounds);
        return this;
    }

    /** Windows and offsets count from the first row and key. */
    public Attention topLeft() {
        last().at = Section.Coordinates.TOP_LEFT;
        last().positions = List.of();
        return this;
    }

    /** Windows and offsets use these positions: I64 [T] or [B, T]. */
    public Attention positions(Tensor query, Tensor key) {
        last().at = Section.Coordinates.POSITIONS;
        last().positions = List.of(query, key);
        return this;
    }

    /** @param bias broadcasts to [B, H, Tq, Tk]; -inf hides */
    public Attention bias(Tensor bias) {
        return bias(new Section.Bias.Dense(), bias);
    }

    /** @param slopes [H] or [B, H] */
    public Attention alibi(Tensor slopes, Section.AlibiForm form) {
        return bias(new Section.Bias.Alibi(form, slopes.rank() == 2), slopes);
    }

    /** Adds table [H|1, R] at key - row + center, clamped. */
    public Attention offsets(Tensor table, int center) {
        return bias(new Section.Bias.Offsets(center), table);
    }

    /** Adds table [H|1, Ry, Rx] by grid offset. */
    public Attention gridOffsets(Tensor table, int queryWidth, int keyWidth, int centerY, int centerX) {
        return bias(new Section.Bias.GridOffsets(queryWidth, keyWidth, centerY, centerX), table);
    }

    /** Adds table [H|1, R] at index I64 [Tq, Tk]. */
    public Attention indexed(Tensor index, Tensor table) {
        return bias(new Section.Bias.Indexed(), index, table);
    }

    /** @param bias [B, Tk] or [B, H, Tk] */
    public Attention keyBias(Tensor bias) {
        return bias(new Section.Bias.PerKey(bias.rank() == 3), bias);
    }

    private Attention bias(Section.Bias b, Tensor... t) {
        last().bias.add(b);
        last().biasTensors.addAll(Arrays.asList(t));
        return this;
    }

    /** Multiplies weights by table [H|1, R] at key - row + center, clamped. */
    public Attention toeplitz(Tensor table, int center) {
        last().post.add(new Section.Multiplier.Toeplitz(center));
        last().postTensors.add(table);
        return this;
    }

    /** Multiplies weights by a tensor that broadcasts to [B, H, Tq, Tk]. */
    public Attention multiply(Tensor factor) {
        last().post.add(new Section.Multiplier.Dense());
        last().postTensors.add(factor);
        return this;
    }

    public Attention headMap(int... keyHead) {
        heads = new HeadMap.Explicit(Arrays.stream(keyHead).boxed().toList());
        return this;
    }

    public Attention scale(double s) {
        scale = s;
        return this;
    }

    /** c tanh(score / c) before biases. */
    public Attention softcap(double c) {
        softcap = c;
        return this;
    }

    public Attention norm(Normaliser n) {
        norm = n;
        normTensors = List.of();
        return this;
    }

    /** @param gain [H] @param shift [H] */
    public Attention meanStd(double eps, Tensor gain, Tensor shift) {
        norm = new Normaliser.MeanStd(eps);
        normTensors = List.of(gain, shift);
        return this;
    }

    /** p = 0 is no dropout. */
    public Attention dropout(double p, long seed, long stream) {
        dropout = p == 0 ? new Dropout.None() : new Dropout.Philox(p, seed, stream);
        dropTensors = List.of();
        return this;
    }

    /** @param keep BOOL [B, H, Tq, T] */
    public Attention dropout(double p, Tensor keep) {
        dropout = new Dropout.Keep(p);
        dropTensors = List.of(keep);
        return this;
    }

    public Attention wants(Wants w) {
        wants = w;
        return this;
    }

    /** The op, for counting or for a backend's comparison. */
    public Attend op() {
        List<Section> s = sections.stream()
                .map(d -> new Section(d.layout, d.at, d.visible, d.bias, d.post))
                .toList();
        return new Attend(s, heads, scale, softcap, norm, dropout, wants);
    }

    /** The op's inputs in its order. */
    public List<Tensor> inputs() {
        List<Tensor> in = new ArrayList<>();
        in.add(q);
        sections.forEach(d -> d.tensors(in));
        in.addAll(normTensors);
        in.addAll(dropTensors);
        return in;
    }

    public Attended run() {
        Attend op = op();
        return Attended.of(op, Exec.apply(op, inputs()));
    }

    /** o alone. */
    public Tensor o() {
        return run().o();
    }
}
