package org.layerzoo.nn.host;

import java.util.Optional;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.layer.Init;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;

/** Tokens I64 [B, T] -> [B, T, D], with positions added. Parameters {@code embed.weight} [V, D], {@code positions.weight} [L, D]. */
record Embedding(Param tokens, Positions kind, Optional<Param> table) {
    /** Deviation of embeddings that are the head as well: logits begin near 0. */
    static final double SMALL = 0.02;

    /** Deviation of those that are not: small ones would be drowned by what the first block adds, for thousands of steps. */
    static final double UNIT = 1;

    /** @param deviation of the embeddings at the start */
    static Embedding of(Params p, int vocab, int dim, double deviation, Positions kind, int length) {
        Param e = p.weight("embed.weight", Shape.of(vocab, dim), Init.normal(deviation), new Param.Attr.NoDecay());
        Optional<Param> table = kind == Positions.LEARNED
                ? Optional.of(p.weight(
                        "positions.weight", Shape.of(length, dim), Init.normal(0.02), new Param.Attr.NoDecay()))
                : Optional.empty();
        return new Embedding(e, kind, table);
    }

    /** Without positions. */
    Tensor look(Tensor ids) {
        Tensor flat = Ops.indexSelect(tokens.value(), 0, ids.reshape(-1));
        return flat.reshape(ids.shape().append(tokens.spec().shape().dim(1)));
    }

    /** @param x [B, T, D] @param positions I64 [T] or [B, T] */
    Tensor place(Tensor x, Tensor positions) {
        return switch (kind) {
            case NONE -> x;
            case LEARNED -> x.add(learned(positions));
            case SINUSOIDAL -> x.add(sines(positions, x.dim(-1)).cast(x.dtype()));
        };
    }

    private Tensor learned(Tensor positions) {
        Param t = table.orElseThrow();
        int length = t.spec().shape().dim(0);
        long last = positions.isAbstract() || positions.size() == 0
                ? 0
                : (long) positions.max().item();
        if (last >= length) {
            throw ZooException.badShape("position " + last + " lies behind the " + length
                    + " learned positions: set length to at least " + (last + 1));
        }
        Tensor rows = Ops.indexSelect(t.value(), 0, positions.reshape(-1));
        return rows.reshape(positions.shape().append(rows.dim(1)));
    }

    /** sin(p / 10000^(2m/D)) in the even channels, cos in the odd ones. */
    private static Tensor sines(Tensor positions, int dim) {
        int half = (dim + 1) / 2;
        Tensor rate = Ops.exp(Ops.iota(DType.F64, half).mul(-2.0 / dim * Math.log(10000)));
        Tensor angle = positions.cast(DType.F64).unsqueeze(-1).mul(rate);
        Tensor pairs = Ops.stack(-1, java.util.List.of(Ops.sin(angle), Ops.cos(angle)));
        return pairs.reshape(positions.shape().append(2 * half)).slice(-1, 0, dim);
    }
}
