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
 * GRU, gates in the order r, z, n: n = tanh(x W_n + b + sigmoid(r) (h U_n + b')), h = (1 - sigmoid(z)) n + sigmoid(z) h.
 * Inputs: x [B, T, I], W_ih [3H, I], W_hh [3H, H], then as declared b_ih, b_hh [3H]; h_0 [B, H]; mask BOOL [B, T].
 * Results: h of every step [B, T, H] and the last h [B, H] (F32 or F64). A masked step gives 0 and leaves h alone.
 */
public record Gru(boolean bias, boolean initial, boolean masked, boolean reverse) implements WholeGradient {
    @Override
    public String name() {
        return "gru";
    }

    @Override
    public List<TensorSpec> infer(List<TensorSpec> in) {
        Args args = Steps.infer(this, in, 3, bias, initial ? 1 : 0, masked);
        int b = args.size("B");
        int h = args.size("H");
        return List.of(args.result(b, args.size("T"), h), args.wide(b, h));
    }

    @Override
    public List<Tensor> decompose(List<Tensor> in) {
        Iterator<Tensor> it = Wide.up(in);
        Tensor x = it.next();
        Tensor wi = it.next();
        Tensor wh = it.next();
        int n = wh.dim(1);
        Tensor gates = Steps.project(x, wi);
        gates = bias ? gates.add(it.next()) : gates;
        Tensor inner = bias ? it.next() : Tensor.zeros(x.dtype(), 3 * n);
        List<Tensor> start = List.of(initial ? it.next() : Ops.fill(0, TensorSpec.of(x.dtype(), x.dim(0), n)));
        Steps steps = new Steps(gates, masked ? List.of(it.next()) : List.of(), reverse);
        return steps.run(in.getFirst(), start, (g, s) -> {
            Tensor h = s.getFirst();
            List<Tensor> a = Ops.split(g, 1, n, n, n);
            List<Tensor> b = Ops.split(h.matmulT(wh).add(inner), 1, n, n, n);
            Tensor r = Ops.sigmoid(a.get(0).add(b.get(0)));
            Tensor z = Ops.sigmoid(a.get(1).add(b.get(1)));
            Tensor fresh = Ops.tanh(a.get(2).add(r.mul(b.get(2))));
            return List.of(fresh.add(z.mul(h.sub(fresh))));
        });
    }

    @Override
    public long flops(List<TensorSpec> in) {
        return Steps.flops(in, 3);
    }
}
