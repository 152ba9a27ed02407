package org.layerzoo.nn;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Seqs;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.state.State;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;

/** What layers ask of the geometry of a call. */
public final class Sequences {
    private Sequences() {}

    /** @throws ZooException UNSUPPORTED if the call is packed, for layers that are not declared varlen */
    public static void refusePacked(Call call, String layer) {
        if (call.seqs() instanceof Seqs.Packed) {
            throw ZooException.unsupported(layer + " does not run on packed sequences: its modes lack varlen");
        }
    }

    /** @throws ZooException UNSUPPORTED unless every row of the batch is full */
    public static void wholeRows(Call call, String layer) {
        refusePacked(call, layer);
        if (call.seqs().lengths().isPresent()) {
            throw ZooException.unsupported(layer + " does not run on padded batches: its modes lack varlen");
        }
    }

    /** @throws ZooException BAD_SHAPE unless x [B, N, ..] holds the tokens of a map of h x w */
    public static void onMap(Tensor x, int h, int w, String layer) {
        if (x.dim(1) != h * w) {
            throw ZooException.badShape(
                    layer + ": " + h * w + " tokens expected (map " + h + " x " + w + "), given " + x.shape());
        }
    }

    /** Hands bounds and longest length of packed sequences on; does nothing for dense rows. */
    public static void ifPacked(Call call, java.util.function.ObjIntConsumer<Tensor> op) {
        if (call.seqs() instanceof Seqs.Packed p) {
            op.accept(p.cuSeqlens(), longest(p));
        }
    }

    /** Tokens of the longest packed sequence. */
    public static int longest(Seqs.Packed p) {
        long[] c = p.cuSeqlens().toLongs();
        long n = 0;
        for (int i = 1; i < c.length; i++) {
            n = Math.max(n, c[i] - c[i - 1]);
        }
        return Math.toIntExact(n);
    }

    /** BOOL [B, T], true where a token is valid. */
    public static Tensor validMask(Tensor lengths, int t) {
        return Ops.iota(DType.I64, t).lt(lengths.unsqueeze(-1));
    }

    /** x [B, T, ..] with the rows behind each length set to zero. */
    public static Tensor zeroPads(Tensor x, Seqs seqs) {
        return seqs.lengths()
                .map(l -> {
                    Tensor mask = validMask(l, x.dim(1));
                    int[] dims = new int[x.rank()];
                    java.util.Arrays.fill(dims, 1);
                    dims[0] = x.dim(0);
                    dims[1] = x.dim(1);
                    return Ops.where(mask.reshape(dims), x, Tensor.scalar(x.dtype(), 0));
                })
                .orElse(x);
    }

    /** Positions of n tokens that follow {@code from}: I64 [n]; those of the call when it names them. */
    public static Tensor positions(Call call, int from, int n) {
        return call.seqs().positions().orElseGet(() -> positions(from, n));
    }

    /** Positions of n tokens that follow {@code from}: I64 [n]. */
    public static Tensor positions(int from, int n) {
        return Ops.one(new Primitive.Iota(DType.I64, n, from, 1));
    }

    /** Sends x [B, n, D] through a stream in pieces that end where a block of tokens does, each counted in the state: their results as one. */
    public static Tensor byBlocks(Tensor x, State s, int block, UnaryOperator<Tensor> piece) {
        List<Tensor> y = new ArrayList<>();
        for (int at = 0; at < x.dim(1); ) {
            int next = at + Math.min(x.dim(1) - at, block - s.position() % block);
            y.add(piece.apply(x.slice(1, at, next)));
            s.advance(next - at);
            at = next;
        }
        return Ops.concat(1, y);
    }
}
