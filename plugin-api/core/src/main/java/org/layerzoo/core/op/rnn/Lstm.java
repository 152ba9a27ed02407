package org.layerzoo.core.op.rnn;

import java.util.Iterator;
import java.util.List;
import org.layerzoo.core.op.Args;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.WholeGradient;
import org.layerzoo.core.op.Wide;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;

/**
 * LSTM, gates in the order i, f, g, o: c = sigmoid(f) c + sigmoid(i) tanh(g), h = sigmoid(o) tanh(c). Inputs: x [B, T, I],
 * W_ih [4H, I], W_hh [4H, H], then as declared b_ih, b_hh [4H]; h_0, c_0 [B, H]; mask BOOL [B, T]. Results: h of every
 * step [B, T, H], the last h and c [B, H] (F32 or F64). A masked step gives 0 and leaves h and c alone.
 */
public record Lstm(boolean bias, boolean initial, boolean masked, boolean reverse) implements WholeGradient {
    @Override
    public String name() {
        return "lstm";
    }

    @Override
    public List<TensorSpec> infer(List<TensorSpec> in) {
        Args args = Steps.infer(this, in, 4, bias, initial ? 2 : 0, masked);
        int b = args.size("B");
        int h = args.size("H");
        return List.of(args.result(b, args.size("T"), h), args.wide(b, h), args.wide(b, h));
    }

    @Override
    public List<Tensor> decompose(List<Tensor> in) {
        Iterator<Tensor> it = Wide.up(in);
        Tensor x = it.next();
        Tensor wi = it.next();
        Tensor wh = it.next();
        int n = wh.dim(1);
        Tensor gates = Steps.project(x, wi);
        gates = bias ? gates.add(it.next()).add(it.next()) : gates;
        Tensor zero = Ops.fill(0, TensorSpec.of(x.dtype(), x.dim(0), n));
        List<Tensor> start = initial ? List.of(it.next(), it.next()) : List.of(zero, zero);
        Steps steps = new Steps(gates, masked ? List.of(it.next()) : List.of(), reverse);
        return steps.run(in.getFirst(), start, (g, s) -> {
            List<Tensor> p = Ops.split(g.add(s.getFirst().matmulT(wh)), 1, n, n, n, n);
            Tensor c = Ops.sigmoid(p.get(1))
                    .mul(s.get(1))
                    .add(Ops.sigmoid(p.get(0)).mul(Ops.tanh(p.get(2))));
            return List.of(Ops.sigmoid(p.get(3)).mul(Ops.tanh(c)), c);
        });
    }

    @Override
    public long flops(List<TensorSpec> in) {
        return Steps.flops(in, 4);
    }
}
