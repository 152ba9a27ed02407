package org.layerzoo.core.op.attend;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.layerzoo.core.op.Args;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.op.WholeGradient;
import org.layerzoo.core.op.Wide;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;

/**
 * Attention over several sections of keys under one normaliser. Inputs: q [B, H, Tq, d]; per section k [B, Hkv, Tk, d],
 * v [B, Hkv, Tk, dv] and what its {@link Section} names; then what the normaliser and the dropout name. Score =
 * softcap tanh(scale q.k / softcap) + biases (softcap 0: none). Results: o [B, H, Tq, dv]; lse [B, H, Tq] (F32 or F64)
 * where the normaliser has one; then the {@link Wants}. A row that sees nothing: o = 0, lse = -inf, no gradient.
 *
 * <p>The meaning is dense; a kernel keeps o and lse only and recomputes weights as exp(s - lse) in its gradient.
 */
public record Attend(
        List<Section> sections,
        HeadMap heads,
        double scale,
        double softcap,
        Normaliser norm,
        Dropout dropout,
        Wants wants)
        implements WholeGradient {
    public Attend {
        sections = List.copyOf(sections);
    }

    @Override
    public String name() {
        return "attend";
    }

    @Override
    public List<TensorSpec> infer(List<TensorSpec> in) {
        Args args = new Args(this, in);
        args.floats("q", "B H Tq d");
        args.require(!sections.isEmpty(), "at least one section of keys expected");
        int keys = 0;
        for (int s = 0; s < sections.size(); s++) {
            keys += AttendRules.section(args, sections.get(s), sections.size() == 1 ? "" : "" + s);
        }
        AttendRules.heads(args, heads);
        if (norm instanceof Normaliser.MeanStd) {
            args.floats("gain", "H");
            args.floats("shift", "H");
        }
        int b = args.size("B");
        int h = args.size("H");
        int tq = args.size("Tq");
        if (dropout instanceof Dropout.Keep) {
            args.let("T", keys).booleans("keep", "B H Tq T");
        }
        args.end();
        List<TensorSpec> out = new ArrayList<>();
        out.add(args.result(b, h, tq, args.size("dv")));
        if (norm.hasLse()) {
            out.add(args.wide(b, h, tq));
        }
        if (wants.weights()) {
            out.add(args.result(b, h, tq, keys));
        }
        if (wants.columnMass() > 0) {
            out.add(args.wide(b, h, keys));
        }
        if (wants.rowMass()) {
            out.add(args.wide(b, h, tq));
        }
        if (wants.headMean() > 0) {
            out.add(args.wide(b, Math.min(wants.headMean(), tq), keys));
        }
        return out;
    }

    @Override
    public List<Tensor> decompose(List<Tensor> in) {
        Iterator<Tensor> it = Wide.up(in);
        Tensor q = it.next();
        List<DenseSection> dense = new ArrayList<>();
        for (Section s : sections) {
            dense.add(DenseSection.of(this, s, q, it));
        }
        Tensor scores = Ops.concat(3, dense.stream().map(DenseSection::scores).toList());
        DenseNorm weights = DenseNorm.of(norm, scores, DenseSection.joinMasks(dense), it);
        List<Tensor> parts = new ArrayList<>();
        int at = 0;
        for (DenseSection s : dense) {
            parts.add(s.multiplied(weights.p().slice(3, at, at + s.keys())));
            at += s.keys();
        }
        Tensor p = Ops.concat(3, parts);
        Tensor o = output(dropped(p, it), dense);
        List<Tensor> out = new ArrayList<>();
        out.add(Wide.down(o, in.getFirst()));
        weights.lse().ifPresent(out::add);
        addWants(p, in.getFirst(), out);
        return out;
    }

    private Tensor dropped(Tensor p, Iterator<Tensor> it) {
        Tensor keep;
        double rate;
        switch (dropout) {
            case Dropout.None n -> {
                return p;
            }
            case Dropout.Philox d -> {
                TensorSpec spec = TensorSpec.of(DType.F32, p.shape().dims());
                keep = Ops.one(new Primitive.Draw(Primitive.Distribution.UNIFORM, d.seed(), d.stream(), spec))
                        .ge(d.p());
                rate = d.p();
            }
            case Dropout.Keep d -> {
                keep = it.next();
                rate = d.p();
            }
        }
        return Ops.where(keep, p.mul(1 / (1 - rate)), Tensor.scalar(p.dtype(), 0));
    }

    private static Tensor output(Tensor p, List<DenseSection> dense) {
        Tensor o = null;
        int at = 0;
        for (DenseSection s : dense) {
            Tensor part = p.slice(3, at, at + s.keys()).matmul(s.v());
            o = o == null ? part : o.add(part);
            at += s.keys();
        }
        return o;
    }

    private void addWants(Tensor p, Tensor q, List<Tensor> out) {
        int tq = p.dim(2);
        if (wants.weights()) {
            out.add(Wide.down(p, q));
        }
        if (wants.columnMass() > 0) {
            out.add(p.slice(2, tq - Math.min(tq, wants.columnMass()), tq).sum(2));
        }
        if (wants.rowMass()) {
            out.add(p.sum(3));
        }
        if (wants.headMean() > 0) {
            out.add(p.slice(2, tq - Math.min(tq, wants.headMean()), tq).mean(1));
        }
    }

    /** Two products and five elementwise functions a visible pair; data-dependent rules count as all visible. */
    @Override
    public long flops(List<TensorSpec> in) {
        return AttendRules.pairs(this, in) * (2L * (depth(in) + valueDepth(in)) + 5);
    }

    /** Five products a pair: scores again, dV, dP, dQ, dK. */
    @Override
    public long gradientFlops(List<TensorSpec> in) {
        return AttendRules.pairs(this, in) * (6L * depth(in) + 4L * valueDepth(in) + 8);
    }

    private static int depth(List<TensorSpec> in) {
        return in.getFirst().shape().dim(-1);
    }

    private static int valueDepth(List<TensorSpec> in) {
        return in.get(2).shape().dim(-1);
    }
}
