package org.layerzoo.plugins.ltp;

import org.layerzoo.core.layer.Seqs;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.nn.Sequences;

/** Sequences side by side, however they came: x [S, T, D], BOOL [S, T] of what is a token, lengths I64 [S]. */
record Batch(Tensor x, Tensor valid, Tensor lengths) {
    static Batch of(Tensor x, Seqs seqs) {
        if (seqs instanceof Seqs.Packed p) {
            return unpacked(x, p);
        }
        int t = x.dim(1);
        Tensor lengths = seqs.lengths().orElseGet(() -> Tensor.full(DType.I64, t, x.dim(0)));
        return new Batch(x, Sequences.validMask(lengths, t), lengths);
    }

    private static Batch unpacked(Tensor x, Seqs.Packed p) {
        int s = p.cuSeqlens().dim(0) - 1;
        int t = Sequences.longest(p);
        Tensor lengths = p.cuSeqlens().slice(0, 1, s + 1).sub(p.cuSeqlens().slice(0, 0, s));
        Tensor valid = Sequences.validMask(lengths, t);
        Tensor places = places(valid);
        Tensor rows = Pruner.scattered(s * t, places, x.reshape(x.dim(1), x.dim(2)));
        return new Batch(rows.reshape(s, t, x.dim(2)), valid, lengths);
    }

    /** The same rows [S, T, ..] in the form that the call had. */
    Tensor back(Tensor y, Seqs seqs) {
        if (!(seqs instanceof Seqs.Packed)) {
            return y;
        }
        int[] dims = y.shape().dims();
        int[] flat = java.util.Arrays.copyOfRange(dims, 1, dims.length);
        flat[0] = dims[0] * dims[1];
        return Ops.indexSelect(y.reshape(flat), 0, places(valid)).unsqueeze(0);
    }

    static Tensor places(Tensor mask) {
        long[] at = Pruner.places(mask);
        return Tensor.of(at, at.length);
    }
}
