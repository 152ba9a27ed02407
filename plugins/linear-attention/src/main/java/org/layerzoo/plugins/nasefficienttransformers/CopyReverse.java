package org.layerzoo.plugins.nasefficienttransformers;

import org.layerzoo.core.layer.Draws;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;

/** Translation of a sentence into its reverse: ports src, tgt (a start token, then the reverse but its last token) and next (the reverse), I64 [B, L]. */
public record CopyReverse(NasConfig.Train c, Draws draws) {
    private static final int START = 1;
    private static final int RESERVED = 3;
    private static final int SHORTEST = 8;

    /** Sentences of one length from 8 to the longest; the same for an index. */
    public Tensors batch(String split, long index) {
        Draws d = draws.at(split).step(index);
        int n = (int) d.integers("length", SHORTEST, c.length() + 1L, 1).get(0);
        Tensor src = d.integers("tokens", RESERVED, c.vocab(), c.batch(), n);
        Tensor next = Ops.flip(src, 1);
        Tensor start = Ops.onesLike(src.slice(1, 0, 1)).mul(Tensor.scalar(DType.I64, START));
        return Tensors.of("src", src, "tgt", Ops.concat(1, start, next.slice(1, 0, n - 1)), "next", next);
    }
}
