package org.layerzoo.plugins.memmamba;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.dense.Activation;
import org.layerzoo.core.state.Opening;
import org.layerzoo.core.state.Slot;
import org.layerzoo.core.state.State;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.Linear;
import org.layerzoo.nn.Norm;
import org.layerzoo.nn.linear.Pass;
import org.layerzoo.nn.ssm.SelectiveMixer;
import org.layerzoo.plugins.memmamba.MemMambaConfig.Fusion;
import org.layerzoo.plugins.memmamba.MemMambaConfig.GateInput;

/** One layer: notes, reads of its own pool and of pools before, then Mamba. Its slots: gate, summaries, importance and those of mixer. */
final class MemMambaLayer {
    private static final String GATE = "gate";
    private static final String SUMMARIES = "summaries";
    private static final String IMPORTANCE = "importance";
    private static final String MIXER = "mixer";

    private final MemMambaConfig c;
    private final Norm norm;
    private final SelectiveMixer mixer;
    private final Linear[] score;
    private final Linear note;
    private final Linear forget;
    private final Attention own;
    private final Optional<Linear> fuse;
    private final Optional<Attention> across;

    /** Attention to summaries. */
    private record Attention(Linear q, Linear k, Linear v, Linear o) {
        static Attention of(Params p, int dim, int ds) {
            return new Attention(
                    Linear.of(p, "q", dim, ds, false),
                    Linear.of(p, "k", ds, ds, false),
                    Linear.of(p, "v", ds, ds, false),
                    Linear.of(p, "o", ds, dim, false));
        }

        /** [B, T, D], 0 where a pool is empty. */
        Tensor read(Tensor x, Pool pool) {
            return o.apply(pool.read(q.apply(x), k.apply(pool.table()), v.apply(pool.table())));
        }
    }

    /** What the layer adds to h, and its pool. */
    record Out(Tensor z, Pool pool) {}

    MemMambaLayer(Params p, MemMambaConfig c, int index) {
        this.c = c;
        int d = c.dim();
        int hidden = Math.max(1, d / 4);
        norm = Norm.Rms.of(p, "norm", d, 1e-5);
        mixer = SelectiveMixer.mamba(p.at(MIXER), c.mixer());
        score = new Linear[] {Linear.of(p, "note.w1", d, hidden, true), Linear.of(p, "note.w2", hidden, 1, true)};
        note = Linear.of(p, "note.summary", d, c.summary(), false);
        forget = Linear.of(p, "forget", d, 1, false);
        own = Attention.of(p.at("read"), d, c.summary());
        fuse = c.fusion() == Fusion.SUM ? Optional.empty() : Optional.of(Linear.of(p, "fuse", 2 * d, d, false));
        across = c.behind(index) == 0 ? Optional.empty() : Optional.of(Attention.of(p.at("across"), d, c.summary()));
    }

    State open(Opening o) {
        int b = o.batch();
        return new State(b)
                .with(MIXER, mixer.open(o))
                .with(GATE, new Slot.Fixed(Tensor.zeros(o.dtype(), b, 1, c.dim())))
                .with(SUMMARIES, new Slot.Fixed(Tensor.zeros(o.dtype(), b, c.capacity(), c.summary())))
                .with(IMPORTANCE, new Slot.Fixed(Tensor.full(o.dtype(), -1, b, c.capacity())));
    }

    /** @param before pools of the layers that this one reads across, oldest first */
    Out mix(Tensor h, List<Pool> before, Pass p) {
        Tensor x = norm.apply(h);
        Pool pool = notes(x, p);
        Tensor seen = Ops.concat(1, p.kept(GATE).orElseGet(() -> empty(x, 0, 1, c.dim())), x)
                .slice(1, 0, x.dim(1));
        Tensor taken = fused(x, pool, Ops.sigmoid(forget.apply(seen)));
        Tensor mixed =
                across.map(a -> taken.add(a.read(taken, Pool.union(before)))).orElse(taken);
        Tensor z = mixer.mix(Tensors.of("x", mixed), p.under(MIXER));
        Tensor u = c.gateInput() == GateInput.INPUT ? x : z;
        p.keep(GATE, u.slice(1, u.dim(1) - 1, u.dim(1)));
        return new Out(z, pool);
    }

    /** Takes notes; the pool as each token finds it. */
    private Pool notes(Tensor x, Pass p) {
        int t = x.dim(1);
        Tensor importance = Ops.sigmoid(score[1].apply(score[0].apply(x, Activation.RELU)));
        Tensor flat = importance.reshape(x.dim(0), t);
        Tensor kept = p.kept(IMPORTANCE).orElseGet(() -> empty(x, -1, c.capacity()));
        Tensor members = Pool.members(kept, flat, c.writeAbove(), c.replace() == MemMambaConfig.Replace.FIFO);
        Tensor table = Ops.concat(
                1,
                p.kept(SUMMARIES).orElseGet(() -> empty(x, 0, c.capacity(), c.summary())),
                note.apply(x).mul(importance));
        Tensor last = members.select(1, t);
        Tensor all = Ops.concat(1, kept, Ops.stop(flat));
        Tensor values = Pool.rows(all, last).reshape(last.shape());
        p.keep(IMPORTANCE, Ops.where(last.ge(Ops.zerosLike(last)), values, Tensor.scalar(values.dtype(), -1)));
        p.keep(SUMMARIES, Pool.rows(table, last).reshape(x.dim(0), c.capacity(), c.summary()));
        return new Pool(table, members.slice(1, 0, t));
    }

    private static Tensor empty(Tensor x, double value, int... rest) {
        int[] shape = new int[rest.length + 1];
        shape[0] = x.dim(0);
        System.arraycopy(rest, 0, shape, 1, rest.length);
        return Tensor.full(x.dtype(), value, shape);
    }

    private Tensor fused(Tensor x, Pool pool, Tensor forgetting) {
        Tensor reads = forgetting.gt(Tensor.scalar(x.dtype(), c.readAbove()));
        Tensor read = own.read(x, pool).mul(forgetting);
        Tensor taken = Ops.where(reads, read, Tensor.scalar(x.dtype(), 0));
        return switch (c.fusion()) {
            case SUM -> x.add(taken);
            case GATED -> x.add(taken.mul(Ops.sigmoid(both(x, taken))));
            case CONCAT -> {
                Tensor any = Ops.any(pool.filled(), 2).unsqueeze(2);
                yield Ops.where(reads.and(any), both(x, taken), x);
            }
        };
    }

    private Tensor both(Tensor x, Tensor c) {
        return fuse.orElseThrow().apply(Ops.concat(-1, x, c));
    }
}
