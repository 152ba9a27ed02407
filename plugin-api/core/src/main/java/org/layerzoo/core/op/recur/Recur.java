package org.layerzoo.core.op.recur;

import java.util.ArrayList;
import java.util.List;
import org.layerzoo.core.op.Args;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.Packing;
import org.layerzoo.core.op.WholeGradient;
import org.layerzoo.core.op.Wide;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;

/**
 * A matrix-state recurrence S_t = gate(S_{t-1}) + k_t u_t^T, o_t = scale q_t^T S_t. Inputs: q, k [B, Hk, T, dk] (Hk
 * divides H; head h reads floor(h Hk / H)), v [B, H, T, dv], the gate's tensors, S_0 [B, H, dk, dv] when {@code initial}
 * (else 0), bounds I64 [n+1] when packed (then B = 1 and states are [n, H, dk, dv]). Results: o [B, H, T, dv] and the final
 * state S_1, kept in F32 or F64. With {@code reverse} tokens run from last to first.
 *
 * @param longest tokens of the longest packed sample, 0 when not packed
 */
public record Recur(
        Gate gate, Diagonal diagonal, boolean reverse, double scale, Algorithm algorithm, boolean initial, int longest)
        implements WholeGradient {
    @Override
    public String name() {
        return "recur_" + gate.getClass().getSimpleName().toLowerCase();
    }

    @Override
    public List<TensorSpec> infer(List<TensorSpec> in) {
        Args args = new Args(this, in);
        args.floats("q", "B Hk T dk");
        args.floats("k", "B Hk T dk");
        args.floats("v", "B H T dv");
        int h = args.size("H");
        int hk = args.size("Hk");
        args.require(hk > 0 && h % hk == 0, "key heads that divide " + h + " value heads expected, given " + hk);
        args.require(args.size("T") >= 1, "at least one token expected");
        gate(args);
        int n = args.size("B");
        if (longest > 0) {
            args.require(n == 1, "packed samples need B = 1, given B = " + n);
            n = in.getLast().shape().rank() == 1 ? in.getLast().shape().dim(0) - 1 : -1;
        }
        args.let("n", n);
        if (initial) {
            args.state("S0", "n H dk dv");
        }
        if (longest > 0) {
            args.longs("bounds", "n+1");
            args.require(n >= 1, "bounds of at least one sample expected");
        }
        if (algorithm instanceof Algorithm.Chunked c) {
            args.require(c.size() >= 1, "a chunk of at least one token expected, given " + c.size());
        }
        args.end();
        return List.of(
                args.result(args.size("B"), h, args.size("T"), args.size("dv")),
                args.wide(n, h, args.size("dk"), args.size("dv")));
    }

    private void gate(Args args) {
        switch (gate) {
            case Gate.None g -> {}
            case Gate.PerHead g -> args.state("log decay", "H");
            case Gate.Scalar g -> args.state("log decay", "B H T");
            case Gate.Key g -> args.state("log decay", "B H T dk");
            case Gate.Value g -> args.state("log decay", "B H T dv");
            case Gate.Delta g -> {
                args.state("beta", "B H T");
                if (g.decays()) {
                    args.state("log decay", "B H T");
                }
            }
        }
    }

    @Override
    public List<Tensor> decompose(List<Tensor> in) {
        if (longest > 0) {
            return packed(in);
        }
        int t = in.getFirst().dim(2);
        if (reverse) {
            return reversed(in);
        }
        if (algorithm instanceof Algorithm.Chunked c && t > c.size()) {
            return chunks(in, c.size(), t);
        }
        Inner x = Inner.of(this, in);
        List<Tensor> out = algorithm instanceof Algorithm.Recurrent ? x.recurrent() : x.parallel();
        return List.of(Wide.down(out.getFirst(), in.getFirst()), out.getLast());
    }

    /** Whether input {@code i} has tokens on axis 2. */
    private boolean overTime(int i) {
        return i < 3 || i < 3 + gate.tensors() && !(gate instanceof Gate.PerHead);
    }

    private List<Tensor> packed(List<Tensor> in) {
        int t = in.getFirst().dim(2);
        Packing p = Packing.of(in.getLast(), t, longest);
        List<Tensor> dense = new ArrayList<>();
        for (int i = 0; i < in.size() - 1; i++) {
            // A constant decay becomes one a token, since it must not act behind a sample's end.
            boolean constant = i == 3 && gate instanceof Gate.PerHead;
            Tensor x = constant
                    ? in.get(i).unsqueeze(1).expand(in.get(i).dim(0), t).unsqueeze(0)
                    : in.get(i);
            dense.add(constant || overTime(i) ? p.unpack(x, 2) : x);
        }
        // Rows behind a sample's end hold k = v = 0, beta = 0 and decay 1: they leave the state alone.
        Gate perToken = gate instanceof Gate.PerHead ? new Gate.Scalar() : gate;
        Recur op = new Recur(perToken, diagonal, reverse, scale, algorithm, initial, 0);
        List<Tensor> out = Ops.all(op, dense.toArray(Tensor[]::new));
        return List.of(p.pack(out.getFirst(), 2), out.getLast());
    }

    private List<Tensor> reversed(List<Tensor> in) {
        List<Tensor> flipped = new ArrayList<>();
        for (int i = 0; i < in.size(); i++) {
            flipped.add(overTime(i) ? Ops.flip(in.get(i), 2) : in.get(i));
        }
        Recur op = new Recur(gate, diagonal, false, scale, algorithm, initial, 0);
        List<Tensor> out = Ops.all(op, flipped.toArray(Tensor[]::new));
        return List.of(Ops.flip(out.getFirst(), 2), out.getLast());
    }

    /** Chunks are ops of their own, so that a tape over them stores boundary states and nothing inside. */
    private List<Tensor> chunks(List<Tensor> in, int size, int t) {
        Recur op = new Recur(gate, diagonal, false, scale, new Algorithm.Parallel(), true, 0);
        int tensors = 3 + gate.tensors();
        Tensor state = initial ? in.getLast() : zeroState(in);
        List<Tensor> o = new ArrayList<>();
        for (int from = 0; from < t; from += size) {
            List<Tensor> part = new ArrayList<>();
            for (int i = 0; i < tensors; i++) {
                part.add(overTime(i) ? in.get(i).slice(2, from, Math.min(t, from + size)) : in.get(i));
            }
            part.add(state);
            List<Tensor> out = Ops.all(op, part.toArray(Tensor[]::new));
            o.add(out.getFirst());
            state = out.getLast();
        }
        return List.of(Ops.concat(2, o), state);
    }

    static Tensor zeroState(List<Tensor> in) {
        Tensor v = in.get(2);
        DType type = Wide.of(v.dtype());
        return Ops.fill(0, TensorSpec.of(type, v.dim(0), v.dim(1), in.getFirst().dim(3), v.dim(3)));
    }

    @Override
    public long flops(List<TensorSpec> in) {
        TensorSpec v = in.get(2);
        long dk = in.getFirst().shape().dim(3);
        long dv = v.shape().dim(3);
        int t = v.shape().dim(2);
        long c =
                switch (algorithm) {
                    case Algorithm.Recurrent r -> 0;
                    case Algorithm.Chunked x -> Math.min(x.size(), t);
                    case Algorithm.Parallel p -> t;
                };
        boolean delta = gate instanceof Gate.Delta;
        long token = 5 * dk * dv + 2 * c * (dk + dv) + (delta ? 2 * dk * dv + 2 * c * dk + c * (dk + dv) : 0);
        return v.shape().product(0, 3) * token;
    }
}
