package org.layerzoo.nn.memory;

import java.util.ArrayList;
import java.util.List;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.op.Wide;
import org.layerzoo.core.spi.Qkv;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;

/**
 * The past of a window: the blocks whose landmarks score highest, each as a pseudo token (section 3.2). Positions are
 * stingy: slot 0 is for scoring whatever is older than the last k blocks, slots 1..k for those, and the window follows.
 *
 * @param k keys without positions [B, H, S, d] of closed blocks @param v values [B, H, S, dv]
 */
public record RetrievedBlocks(Tensor k, Tensor v, int block, By by, Qkv.Rotation rope, double scale) {
    /** How blocks are chosen: k of them, by whom. */
    public record By(int k, Scope scope) {}

    /** TOKEN: every head and token chooses. HEAD: the tokens of a piece choose together. HEADS: the heads of a token do. */
    public enum Scope {
        TOKEN,
        HEAD,
        HEADS
    }

    private int span() {
        return block + 1;
    }

    /** First position of the window. */
    public static int windowStart(By by, int span) {
        return (by.k() + 1) * span;
    }

    /** One part for each block that a row reads. @param q [B, H, n, d], rotated to its place in or behind the window */
    public List<Fused.Part> parts(Tensor q) {
        int blocks = k.dim(2) / span();
        int chosen = Math.min(by.k(), blocks);
        int b = q.dim(0);
        int h = q.dim(1);
        int n = q.dim(2);
        Tensor index = choose(q, blocks, chosen).expand(b, h, n, chosen);
        Tensor kc = gather(k, index, blocks);
        Tensor vc = gather(v, index, blocks);
        Tensor keys = rotated(kc, index, blocks, chosen);
        Tensor rows = q.reshape(b * h * n, 1, 1, q.dim(3)).expand(b * h * n, chosen, 1, q.dim(3));
        Tensor o = Fused.attend(rows)
                .keys(keys.slice(2, 0, block), vc.slice(2, 0, block))
                .scale(scale)
                .o()
                .reshape(b, h, n, chosen, v.dim(3));
        Tensor logits =
                Wide.up(rows.matmulT(keys.slice(2, block, span()))).mul(scale).reshape(b, h, n, chosen);
        List<Fused.Part> out = new ArrayList<>();
        for (int i = 0; i < chosen; i++) {
            out.add(new Fused.Part(o.select(3, i), logits.select(3, i)));
        }
        return out;
    }

    /** Indices I64 of the chosen blocks in ascending order, [B, H|1, n|1, chosen]. */
    private Tensor choose(Tensor q, int blocks, int chosen) {
        long[] place = new long[blocks];
        for (int i = 0; i < blocks; i++) {
            place[i] = (long) Math.max(0, i - blocks + by.k() + 1) * span() + block;
        }
        Tensor marks = rope.rotate(k.slice(2, block, blocks * span(), span()), Tensor.of(place, blocks));
        Tensor scores = q.matmulT(marks);
        Tensor shared =
                switch (by.scope()) {
                    case TOKEN -> scores;
                    case HEAD -> scores.maxKeep(2);
                    case HEADS -> scores.maxKeep(1);
                };
        return Ops.topK(shared, chosen, 3, Primitive.TopKOrder.BY_INDEX).get(1);
    }

    /** [B, H, S, d] and [B, H, n, chosen] -> [B H n, chosen, span, d] as rows of blocks. */
    private Tensor gather(Tensor t, Tensor index, int blocks) {
        int rows = t.dim(0) * t.dim(1);
        Tensor base =
                Ops.iota(DType.I64, rows).mul(Tensor.of(new long[] {blocks}, 1)).reshape(t.dim(0), t.dim(1), 1, 1);
        Tensor flat = index.add(base).reshape((int) index.size());
        return Ops.indexSelect(t.reshape(rows * blocks, span() * t.dim(3)), 0, flat)
                .reshape(rows * index.dim(2), index.dim(3), span(), t.dim(3));
    }

    /** The block of rank t goes to slot t + 1 if it is one of the last k, else to slot t. */
    private Tensor rotated(Tensor keys, Tensor index, int blocks, int chosen) {
        Tensor recent = index.ge(Tensor.of(new long[] {blocks - by.k()}, 1)).cast(DType.I64);
        Tensor slot = recent.add(Ops.iota(DType.I64, chosen)).add(Tensor.of(new long[] {by.k() - chosen}, 1));
        Tensor place = slot.reshape((int) slot.size(), 1)
                .mul(Tensor.of(new long[] {span()}, 1))
                .add(Ops.iota(DType.I64, span()));
        int each = (int) slot.size();
        return rope.rotate(keys.reshape(each, 1, span(), keys.dim(3)), place)
                .reshape(each / chosen, chosen, span(), keys.dim(3));
    }
}
