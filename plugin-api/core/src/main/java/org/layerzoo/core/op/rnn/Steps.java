package org.layerzoo.core.op.rnn;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiFunction;
import org.layerzoo.core.op.Args;
import org.layerzoo.core.op.Op;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.Wide;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;

/**
 * What recurrent cells share: the input projection of all steps at once [B, T, G H], the loop, masked steps.
 *
 * @param mask empty, or BOOL [B, T]
 */
record Steps(Tensor gates, List<Tensor> mask, boolean reverse) {
    static Args infer(Op op, List<TensorSpec> in, int gates, boolean bias, int states, boolean masked) {
        Args args = new Args(op, in);
        args.floats("x", "B T I");
        args.require(args.size("T") >= 1, "at least one step expected");
        args.floats("W_ih", "rows I");
        int rows = args.size("rows");
        args.require(rows % gates == 0, "W_ih of " + gates + " H rows expected, given " + in.get(1));
        args.let("H", rows / gates).floats("W_hh", "rows H");
        for (int i = 0; bias && i < 2; i++) {
            args.floats(i == 0 ? "b_ih" : "b_hh", "rows");
        }
        for (int i = 0; i < states; i++) {
            args.state(i == 0 ? "h0" : "c0", "B H");
        }
        if (masked) {
            args.booleans("mask", "B T");
        }
        return args.end();
    }

    static Tensor project(Tensor x, Tensor w) {
        int b = x.dim(0);
        int t = x.dim(1);
        return x.reshape(b * t, x.dim(2)).matmulT(w).reshape(b, t, w.dim(0));
    }

    /** @param cell (gates of a step, state) -> state, its first being the output */
    List<Tensor> run(Tensor like, List<Tensor> start, BiFunction<Tensor, List<Tensor>, List<Tensor>> cell) {
        int t = gates.dim(1);
        Tensor[] y = new Tensor[t];
        List<Tensor> state = start;
        for (int n = 0; n < t; n++) {
            int i = reverse ? t - 1 - n : n;
            List<Tensor> next = cell.apply(gates.select(1, i), state);
            y[i] = next.getFirst();
            if (!mask.isEmpty()) {
                Tensor on = mask.getFirst().slice(1, i, i + 1);
                y[i] = Ops.where(on, y[i], Tensor.scalar(y[i].dtype(), 0));
                List<Tensor> kept = new ArrayList<>();
                for (int s = 0; s < next.size(); s++) {
                    kept.add(Ops.where(on, next.get(s), state.get(s)));
                }
                next = kept;
            }
            state = next;
        }
        List<Tensor> out = new ArrayList<>();
        out.add(Wide.down(Ops.stack(1, Arrays.asList(y)), like));
        out.addAll(state);
        return out;
    }

    static long flops(List<TensorSpec> in, int gates) {
        long steps = in.getFirst().shape().product(0, 2);
        long h = in.get(2).shape().dim(1);
        return steps * gates * h * (2L * in.getFirst().shape().dim(2) + 2 * h + 5);
    }
}
