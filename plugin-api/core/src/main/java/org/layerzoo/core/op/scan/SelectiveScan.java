package org.layerzoo.core.op.scan;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.layerzoo.core.op.Args;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.Packing;
import org.layerzoo.core.op.WholeGradient;
import org.layerzoo.core.op.Wide;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;

/**
 * The selective scan of Mamba (S6): h_t = exp(dt_t A) h_{t-1} + Bbar_t u_t, y_t = C_t h_t (+ D u_t), times silu(z_t).
 * Inputs: u [B, T, E], delta [B, T, E], A [E, N], B and C [B, T, G, N] (channel e reads group floor(e G / E)); then, as
 * declared, delta bias [E], D [E], z [B, T, E], h_0 [B, E, N], bounds I64 [n+1] (then B = 1 and states are [n, E, N]).
 * Results: y [B, T, E] and the last h. A, delta bias, D and states are F32 or F64. [B, T, E, N] is never stored whole:
 * the gradient recomputes h from the states between chunks.
 *
 * <p>Longhorn's step (Liu et al. 2024, section 3) is the PROXIMAL one with A = -1 and dt = beta / (1 + beta |B_t|^2).
 *
 * @param softplus dt = softplus(delta + bias), else delta + bias
 * @param chunk tokens whose h exist at once
 * @param longest tokens of the longest packed sample, 0 when not packed
 */
public record SelectiveScan(
        boolean softplus,
        Discretisation discretisation,
        boolean deltaBias,
        boolean skip,
        boolean gate,
        boolean initial,
        boolean reverse,
        int chunk,
        int longest)
        implements WholeGradient {
    /** How the state decays and B enters: EULER exp(dt A) and dt B, ZOH exp(dt A) and (exp(dt A) - 1) / A B, PROXIMAL 1 + dt A B^2 and dt B. */
    public enum Discretisation {
        EULER,
        ZOH,
        PROXIMAL
    }

    @Override
    public String name() {
        return "selective_scan";
    }

    private void sizes(Args args, int e) {
        args.require(
                args.size("G") > 0 && e % args.size("G") == 0,
                "groups that divide " + e + " channels expected, given " + args.size("G"));
        args.require(
                args.size("T") >= 1 && chunk >= 1,
                "at least one token and chunks of at least one expected, given T = " + args.size("T") + " and chunk "
                        + chunk);
    }

    @Override
    public List<TensorSpec> infer(List<TensorSpec> in) {
        Args args = new Args(this, in);
        args.floats("u", "B T E");
        args.floats("delta", "B T E");
        args.state("A", "E N");
        args.floats("B", "B T G N");
        args.floats("C", "B T G N");
        int e = args.size("E");
        int b = args.size("B");
        sizes(args, e);
        if (deltaBias) {
            args.state("delta bias", "E");
        }
        if (skip) {
            args.state("D", "E");
        }
        if (gate) {
            args.floats("z", "B T E");
        }
        int n = b;
        if (longest > 0) {
            args.require(b == 1, "packed samples need B = 1, given B = " + b);
            n = in.getLast().shape().rank() == 1 ? in.getLast().shape().dim(0) - 1 : -1;
            args.require(n >= 1, "bounds (n+1) of at least one sample expected, given " + in.getLast());
        }
        if (initial) {
            args.let("n", n).state("h0", "n E N");
        }
        if (longest > 0) {
            args.longs("bounds", "n+1");
        }
        args.end();
        return List.of(args.result(b, args.size("T"), e), args.wide(n, e, args.size("N")));
    }

    @Override
    public List<Tensor> decompose(List<Tensor> in) {
        Iterator<Tensor> it = Wide.up(in);
        Tensor u = it.next();
        Tensor dt = it.next();
        Tensor a = it.next();
        Tensor b = it.next();
        Tensor c = it.next();
        dt = deltaBias ? dt.add(it.next()) : dt;
        dt = softplus ? Ops.softplus(dt) : dt;
        boolean plain = !softplus && !deltaBias && !skip && !gate && initial && !reverse && longest == 0;
        if (plain && u.dim(1) <= chunk) {
            return run(u, dt, a, b, c, it.next(), in.getFirst());
        }
        Tensor d = skip ? it.next() : null;
        Tensor z = gate ? it.next() : null;
        List<Tensor> out = bare(u, dt, a, b, c, it);
        Tensor y = skip ? out.getFirst().add(u.mul(d)) : out.getFirst();
        y = gate ? y.mul(Ops.silu(z)) : y;
        return List.of(Wide.down(y, in.getFirst()), out.getLast());
    }

    /** Without step function, skip and gate: packing, direction and chunks. */
    private List<Tensor> bare(Tensor u, Tensor dt, Tensor a, Tensor b, Tensor c, Iterator<Tensor> it) {
        Tensor h0 = initial ? it.next() : null;
        Packing p = longest > 0 ? Packing.of(it.next(), u.dim(1), longest) : null;
        List<Tensor> x = new ArrayList<>(List.of(u, dt, b, c));
        if (p != null) {
            // dt = 0 behind a sample's end leaves h alone.
            x.replaceAll(t -> p.unpack(t, 1));
        }
        if (reverse) {
            x.replaceAll(t -> Ops.flip(t, 1));
        }
        Tensor h =
                initial ? h0 : Ops.fill(0, TensorSpec.of(u.dtype(), x.getFirst().dim(0), u.dim(2), a.dim(1)));
        List<Tensor> out = chunks(x, a, h);
        Tensor y = reverse ? Ops.flip(out.getFirst(), 1) : out.getFirst();
        return List.of(p == null ? y : p.pack(y, 1), out.getLast());
    }

    /** Chunks are ops of their own, so that a tape over them stores boundary states only. */
    private List<Tensor> chunks(List<Tensor> x, Tensor a, Tensor h0) {
        SelectiveScan op = new SelectiveScan(false, discretisation, false, false, false, true, false, chunk, 0);
        int t = x.getFirst().dim(1);
        Tensor h = h0;
        List<Tensor> y = new ArrayList<>();
        for (int from = 0; from < t; from += chunk) {
            int f = from;
            List<Tensor> part =
                    x.stream().map(v -> v.slice(1, f, Math.min(t, f + chunk))).toList();
            List<Tensor> out = Ops.all(op, part.get(0), part.get(1), a, part.get(2), part.get(3), h);
            y.add(out.getFirst());
            h = out.getLast();
        }
        return List.of(Ops.concat(1, y), h);
    }

    private List<Tensor> run(Tensor u, Tensor dt, Tensor a, Tensor b, Tensor c, Tensor h0, Tensor like) {
        int batch = u.dim(0);
        int t = u.dim(1);
        int e = u.dim(2);
        int n = a.dim(1);
        int groups = b.dim(2);
        int[] grouped = {batch, t, groups, e / groups, n};
        Tensor step = dt.unsqueeze(3).mul(a);
        Tensor gain = discretisation == Discretisation.ZOH ? Ops.expm1(step).div(a) : dt.unsqueeze(3);
        Tensor input = u.unsqueeze(3)
                .mul(gain)
                .reshape(batch, t, groups, e / groups, -1)
                .mul(b.unsqueeze(3));
        Tensor decay = discretisation == Discretisation.PROXIMAL
                ? step.reshape(grouped).mul(Ops.square(b).unsqueeze(3)).add(1).reshape(batch, t, e, n)
                : Ops.exp(step);
        Tensor h = Ops.firstOrder(decay, input.reshape(batch, t, e, n), h0, 1, false);
        Tensor y = h.reshape(grouped).mul(c.unsqueeze(3)).sum(4).reshape(batch, t, e);
        return List.of(Wide.down(y, like), h.select(1, t - 1));
    }

    /** exp, two products and two multiply-adds a state element. */
    @Override
    public long flops(List<TensorSpec> in) {
        return in.getFirst().shape().size() * (7L * in.get(2).shape().dim(1) + 4);
    }

    /** The states again, then the reverse scan. */
    @Override
    public long gradientFlops(List<TensorSpec> in) {
        return in.getFirst().shape().size() * (20L * in.get(2).shape().dim(1) + 12);
    }
}
