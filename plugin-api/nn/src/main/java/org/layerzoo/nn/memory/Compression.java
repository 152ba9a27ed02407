package org.layerzoo.nn.memory;

import java.util.Optional;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.nn.Heads;
import org.layerzoo.nn.Linear;

/** What becomes of old memories, f_c, and the losses that train it (Compressive Transformer, Rae et al. 2019, section 3.2). */
public final class Compression {
    /** Pools, convolutions of kernel and stride c (DILATED: dilation 2), or the 1 in c that was attended to most. */
    public enum Function {
        MAX,
        MEAN,
        CONV,
        DILATED,
        MOST_USED;

        /** Whether it has parameters. */
        public boolean learned() {
            return this == CONV || this == DILATED;
        }
    }

    /** ATTENTION: what attention reads of old and compressed is to agree. AUTOENCODER: a decoder is to give the old back. UNROLL: the task, through one segment. */
    public enum Training {
        ATTENTION,
        AUTOENCODER,
        UNROLL
    }

    private final Function function;
    private final Training training;
    private final int rate;
    private final Optional<Linear> map;
    private final Optional<Linear> decoder;

    /** @param rate c: old memories that become one */
    public Compression(Params p, Function function, Training training, int rate, int dim) {
        this.function = function;
        this.training = training;
        this.rate = rate;
        int wide = rate * dim;
        map = function.learned() ? Optional.of(Linear.of(p, "compress", wide, dim, true)) : Optional.empty();
        decoder = function.learned() && training == Training.AUTOENCODER
                ? Optional.of(Linear.of(p, "decode", dim, wide, true))
                : Optional.empty();
    }

    /** Whether the task trains it, through one segment. */
    public boolean unrolls() {
        return training == Training.UNROLL && function.learned();
    }

    /** @param old [B, n, D] @param mass attention paid to each, [B, n] */
    public Tensor apply(Tensor old, Tensor mass) {
        int n = old.dim(1) / rate;
        Tensor windows = old.reshape(old.dim(0), n, rate, old.dim(2));
        return switch (function) {
            case MAX -> windows.max(2);
            case MEAN -> windows.mean(2);
            case CONV -> map.orElseThrow().apply(windows.reshape(old.dim(0), n, rate * old.dim(2)));
            case DILATED -> map.orElseThrow().apply(dilated(old, n));
            case MOST_USED -> {
                Tensor index =
                        Ops.topK(mass, n, 1, Primitive.TopKOrder.BY_INDEX).get(1);
                yield Ops.gather(old, 1, index.unsqueeze(-1).expand(old.dim(0), n, old.dim(2)));
            }
        };
    }

    /** Every second of 2 c - 1 memories that end with the window, zeros before the first: [B, n, c D]. */
    private Tensor dilated(Tensor old, int n) {
        Tensor seen = Ops.unfold(Ops.padZero(old, 1, rate - 1, 0), 1, rate, rate, 2);
        // The unfolded axis lies last: [B, n, D, c].
        return seen.permute(0, 1, 3, 2).reshape(old.dim(0), n, rate * old.dim(2));
    }

    /** Attention of h to the old and to the compressed, content alone, on copies that gradients don't pass: the squared distance, a row of the batch. */
    public static Tensor attentionLoss(RelativeAttention a, Tensor h, Tensor old, Tensor compressed) {
        Tensor q = Heads.split(frozen(a.q(), Ops.stop(h)), a.heads());
        Tensor apart = content(a, q, Ops.stop(old)).sub(content(a, q, compressed));
        return Ops.square(apart).sum().div(h.dim(0));
    }

    private static Tensor content(RelativeAttention a, Tensor q, Tensor m) {
        return Fused.attend(q, Heads.split(frozen(a.k(), m), a.heads()), Heads.split(frozen(a.v(), m), a.heads()));
    }

    private static Tensor frozen(Linear l, Tensor x) {
        return Fused.linear(x, Ops.stop(l.weight().value()));
    }

    /** The squared distance of the old from what the decoder makes of the compressed, a row of the batch. */
    public Tensor reconstructionLoss(Tensor old, Tensor compressed) {
        Tensor back = decoder.orElseThrow().apply(compressed).reshape(old.shape());
        return Ops.square(Ops.stop(old).sub(back)).sum().div(old.dim(0));
    }
}
