package org.layerzoo.kernels.op.attend;

import java.util.ArrayList;
import java.util.List;
import org.layerzoo.core.gpu.Args;
import org.layerzoo.core.gpu.Gpu;
import org.layerzoo.core.op.attend.Attend;
import org.layerzoo.core.op.attend.Dropout;
import org.layerzoo.core.op.attend.HeadMap;
import org.layerzoo.core.op.attend.Normaliser;
import org.layerzoo.core.op.attend.Section;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.kernels.Lines;

/** One section of keys as attend.h takes it. */
final class KeySection {
    final Tensor k;
    final Tensor v;
    /** The number of the input k. */
    final int input;

    private final Attend op;
    private final Section section;
    private final Tensor q;
    private final SectionTerms terms = new SectionTerms();
    private Tensor layout0;
    private Tensor layout1;
    private Tensor positions0;
    private Tensor positions1;

    private KeySection(Attend op, Section section, Tensor q, Feed in, Gpu gpu) {
        this.input = in.at();
        this.op = op;
        this.section = section;
        this.q = q;
        this.k = in.next();
        this.v = in.next();
        this.layout0 = q;
        this.layout1 = q;
        this.positions0 = q;
        this.positions1 = q;
        switch (section.layout()) {
            case Section.Layout.Dense d -> {}
            case Section.Layout.Lengths l -> {
                layout0 = l.queries() ? in.next() : q;
                layout1 = l.keys() ? in.next() : q;
            }
            case Section.Layout.Packed p -> {
                layout0 = in.next();
                layout1 = in.next();
            }
        }
        if (section.at() == Section.Coordinates.POSITIONS) {
            positions0 = in.next();
            positions1 = in.next();
        }
        section.visible().forEach(r -> terms.visible(r, in, q, k.dim(2)));
        section.bias().forEach(b -> terms.bias(b, in, q, k.dim(2), gpu));
        section.post().forEach(m -> terms.factor(m, in));
    }

    /** All sections of the op's inputs. */
    static List<KeySection> all(Attend op, List<Tensor> inputs, Gpu gpu) {
        Feed in = new Feed(inputs);
        Tensor q = in.next();
        List<KeySection> out = new ArrayList<>();
        for (Section s : op.sections()) {
            out.add(new KeySection(op, s, q, in, gpu));
        }
        if (op.norm() instanceof Normaliser.MeanStd) {
            Tensor gain = in.next();
            Tensor shift = in.next();
            out.forEach(s -> s.terms.gain(gain, shift));
        }
        switch (op.dropout()) {
            case Dropout.None n -> {}
            case Dropout.Keep k -> dropped(out, in.next());
            case Dropout.Philox d -> drawn(out, d);
        }
        return out;
    }

    private static void dropped(List<KeySection> sections, Tensor keep) {
        int from = 0;
        for (KeySection s : sections) {
            s.terms.keep(keep, from);
            from += s.keys();
        }
    }

    private static void drawn(List<KeySection> sections, Dropout.Philox d) {
        int from = 0;
        int all = columns(sections);
        for (KeySection s : sections) {
            s.terms.drawn(d, from, all);
            from += s.keys();
        }
    }

    /** Keys of all sections. */
    static int columns(List<KeySection> sections) {
        return sections.stream().mapToInt(KeySection::keys).sum();
    }

    SectionTerms terms() {
        return terms;
    }

    int keys() {
        return k.dim(2);
    }

    /** How a launch shares out heads and keys. */
    record Share(int pack, int splits, int parts, int part) {}

    /** Appends what SECTION_INPUTS of the source declares. */
    Args add(Args args, Share share, Tensor headMap) {
        args.tensor(headMap).tensor(layout0).tensor(layout1).tensor(positions0).tensor(positions1);
        for (int i = 0; i < SectionTerms.SLOTS; i++) {
            args.tensor(terms.slot(i, q));
        }
        args.ints(packed(share));
        DType t = q.dtype();
        Lines.number(args, t, op.scale());
        Lines.number(args, t, op.softcap());
        for (double x : numbers(op.norm())) {
            Lines.number(args, t, x);
        }
        double rate =
                switch (op.dropout()) {
                    case Dropout.None n -> 0;
                    case Dropout.Keep d -> d.p();
                    case Dropout.Philox d -> d.p();
                };
        return Lines.number(args, t, 1 / (1 - rate));
    }

    /** norm_a and norm_b of the source. */
    private static double[] numbers(Normaliser n) {
        return switch (n) {
            case Normaliser.Sigmoid s -> new double[] {s.b(), 0};
            case Normaliser.Laplace l -> new double[] {l.mu(), 1 / (l.sigma() * Math.sqrt(2))};
            case Normaliser.Clip c -> new double[] {c.zeta() - c.gamma(), c.gamma()};
            default -> new double[2];
        };
    }

    private int[] packed(Share share) {
        boolean lengths = section.layout() instanceof Section.Layout.Lengths;
        boolean packed = section.layout() instanceof Section.Layout.Packed;
        boolean positions = section.at() == Section.Coordinates.POSITIONS;
        int[] head = {
            q.dim(0),
            q.dim(1),
            k.dim(1),
            q.dim(2),
            keys(),
            q.dim(3),
            v.dim(3),
            share.pack,
            share.splits,
            share.parts,
            share.part,
            lengths ? 1 : packed ? 2 : 0,
            lengths && layout0 != q ? 1 : 0,
            lengths && layout1 != q ? 1 : 0,
            packed ? layout0.dim(0) - 1 : 0,
            section.at() == Section.Coordinates.BOTTOM_RIGHT ? 1 : 0,
            positions ? 1 : 0,
            perSample(positions0),
            perSample(positions1),
            norm(op.norm()),
            op.heads() instanceof HeadMap.Explicit ? 1 : 0,
            terms.sparse() ? 1 : 0,
            terms.factors() ? 1 : 0,
            terms.drops() ? 1 : 0,
            terms.cotangents() ? 1 : 0,
            terms.gain(),
            terms.count()
        };
        int[] out = java.util.Arrays.copyOf(head, head.length + SectionTerms.ints());
        terms.pack(out, head.length);
        return out;
    }

    /** Distance of two samples in a tensor of positions [n] or [B, n]. */
    private int perSample(Tensor p) {
        return p.rank() == 2 && p.dim(0) > 1 ? p.dim(1) : 0;
    }

    static int norm(Normaliser n) {
        return switch (n) {
            case Normaliser.Softmax s -> 0;
            case Normaliser.Sigmoid s -> 1;
            case Normaliser.Relu2 r -> 2;
            case Normaliser.Laplace l -> 3;
            case Normaliser.None o -> 4;
            case Normaliser.Clip c -> 5;
            case Normaliser.MeanStd m -> 6;
        };
    }
}
