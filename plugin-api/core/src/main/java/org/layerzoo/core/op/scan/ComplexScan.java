package org.layerzoo.core.op.scan;

import java.util.List;
import org.layerzoo.core.op.Args;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.op.WholeGradient;
import org.layerzoo.core.op.Wide;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;

/**
 * (a, b [.., T, .., 2], h0 [.., .., 2]) -> h_t = a_t h_{t-1} + b_t along {@code axis} in complex numbers stored as pairs;
 * the last state is the last element of h. With {@code reverse} it runs from the end.
 */
public record ComplexScan(int axis, boolean reverse) implements WholeGradient {
    @Override
    public String name() {
        return "complex_scan";
    }

    @Override
    public List<TensorSpec> infer(List<TensorSpec> in) {
        Args args = new Args(this, in);
        TensorSpec a = args.floats("a");
        TensorSpec b = args.floats("b");
        TensorSpec h0 = args.floats("h0");
        args.end();
        int r = a.shape().rank();
        args.require(
                r >= 2 && a.shape().dim(-1) == 2 && axis >= 0 && axis < r - 1,
                "a of pairs (.., 2) with an axis " + axis + " before them expected, given " + a);
        args.require(a.equals(b), "a and b of one shape expected, given " + a + " and " + b);
        TensorSpec state = a.withShape(a.shape().without(axis));
        args.require(h0.equals(state), "h0 of " + state + " expected, given " + h0);
        return List.of(a);
    }

    /** Doubling: after step s every element has combined its last 2 s terms. */
    @Override
    public List<Tensor> decompose(List<Tensor> in) {
        Tensor a = reverse ? Ops.flip(Wide.up(in.get(0)), axis) : Wide.up(in.get(0));
        Tensor b = reverse ? Ops.flip(Wide.up(in.get(1)), axis) : Wide.up(in.get(1));
        Tensor h0 = Wide.up(in.get(2)).unsqueeze(axis);
        int pair = a.rank() - 1;
        Tensor ar = a.slice(pair, 0, 1);
        Tensor ai = a.slice(pair, 1, 2);
        Tensor br = b.slice(pair, 0, 1);
        Tensor bi = b.slice(pair, 1, 2);
        for (int s = 1; s < a.dim(axis); s *= 2) {
            Tensor pr = shift(br, s, 0);
            Tensor pi = shift(bi, s, 0);
            Tensor nr = br.add(ar.mul(pr)).sub(ai.mul(pi));
            bi = bi.add(ar.mul(pi)).add(ai.mul(pr));
            br = nr;
            pr = shift(ar, s, 1);
            pi = shift(ai, s, 0);
            nr = ar.mul(pr).sub(ai.mul(pi));
            ai = ar.mul(pi).add(ai.mul(pr));
            ar = nr;
        }
        Tensor hr = h0.slice(pair, 0, 1);
        Tensor hi = h0.slice(pair, 1, 2);
        Tensor re = br.add(ar.mul(hr)).sub(ai.mul(hi));
        Tensor im = bi.add(ar.mul(hi)).add(ai.mul(hr));
        Tensor h = Ops.concat(pair, re, im);
        return List.of(Wide.down(reverse ? Ops.flip(h, axis) : h, in.getFirst()));
    }

    private Tensor shift(Tensor x, int s, double value) {
        return Ops.pad(x, axis, s, 0, Primitive.PadMode.CONSTANT, value).slice(axis, 0, x.dim(axis));
    }

    @Override
    public long flops(List<TensorSpec> in) {
        return 4 * in.getFirst().shape().size();
    }
}
