package org.layerzoo.core.op.shortconv;

import java.util.Iterator;
import java.util.List;
import org.layerzoo.core.op.Args;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.Packing;
import org.layerzoo.core.op.WholeGradient;
import org.layerzoo.core.op.Wide;
import org.layerzoo.core.op.dense.Activation;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;

/**
 * Depthwise causal convolution over a few tokens: y_t = activation(sum_j w[:, j] x_{t - W + 1 + j} + b); the last tap
 * multiplies the current token. Inputs: x [B, T, C], w [C, W]; then, as declared, b [C], the W - 1 inputs before x
 * [B, W-1, C] (else 0), bounds I64 [n+1] (then B = 1, states are [n, W-1, C]). Results: y [B, T, C] and the last W - 1
 * inputs.
 *
 * @param longest tokens of the longest packed sample, 0 when not packed
 */
public record ShortConv(boolean bias, Activation activation, boolean initial, int longest) implements WholeGradient {
    @Override
    public String name() {
        return "short_conv";
    }

    @Override
    public List<TensorSpec> infer(List<TensorSpec> in) {
        Args args = new Args(this, in);
        args.floats("x", "B T C");
        args.floats("w", "C W");
        int w = args.size("W");
        args.require(w >= 1, "a kernel of at least one tap expected");
        if (bias) {
            args.floats("b", "C");
        }
        int n = args.size("B");
        if (longest > 0) {
            args.require(n == 1, "packed samples need B = 1, given B = " + n);
            n = in.getLast().shape().rank() == 1 ? in.getLast().shape().dim(0) - 1 : -1;
            args.require(n >= 1, "bounds (n+1) of at least one sample expected, given " + in.getLast());
        }
        if (initial) {
            args.let("n", n).let("W-1", w - 1).floats("state", "n W-1 C");
        }
        if (longest > 0) {
            args.longs("bounds", "n+1");
        }
        args.end();
        return List.of(
                args.result(args.size("B"), args.size("T"), args.size("C")), args.result(n, w - 1, args.size("C")));
    }

    @Override
    public List<Tensor> decompose(List<Tensor> in) {
        Iterator<Tensor> it = Wide.up(in);
        Tensor x = it.next();
        Tensor w = it.next();
        Tensor b = bias ? it.next() : null;
        Tensor state = initial ? it.next() : null;
        Packing p = longest > 0 ? Packing.of(it.next(), x.dim(1), longest) : null;
        Tensor rows = p == null ? x : p.unpack(x, 1);
        int past = w.dim(1) - 1;
        Tensor all = initial ? Ops.concat(1, state, rows) : Ops.padZero(rows, 1, past, 0);
        int t = rows.dim(1);
        Tensor y = null;
        for (int j = 0; j <= past; j++) {
            Tensor term = all.slice(1, j, j + t).mul(w.select(1, j));
            y = y == null ? term : y.add(term);
        }
        y = activation.apply(bias ? y.add(b) : y);
        y = p == null ? y : p.pack(y, 1);
        Tensor last = p == null ? all.slice(1, t, t + past) : tails(all, p, past);
        return List.of(Wide.down(y, in.getFirst()), Wide.down(last, in.getFirst()));
    }

    /** The rows length .. length + past - 1 of each sample of [n, past + longest, C]. */
    private static Tensor tails(Tensor all, Packing p, int past) {
        Tensor lengths = p.valid().cast(DType.I64).sum(1).reshape(p.samples(), 1);
        Tensor row = lengths.add(Ops.iota(DType.I64, past).reshape(1, past));
        Tensor base =
                Ops.iota(DType.I64, p.samples()).reshape(p.samples(), 1).mul(Tensor.of(new long[] {all.dim(1)}, 1));
        Tensor index = row.add(base).reshape(p.samples() * past);
        Tensor flat = all.reshape(all.dim(0) * all.dim(1), all.dim(2));
        return Ops.indexSelect(flat, 0, index).reshape(p.samples(), past, all.dim(2));
    }

    @Override
    public long flops(List<TensorSpec> in) {
        return in.getFirst().shape().size() * (2L * in.get(1).shape().dim(1) + (activation == Activation.NONE ? 0 : 1));
    }
}
