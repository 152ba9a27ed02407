package org.layerzoo.plugins.snapkv;

import java.util.ArrayList;
import java.util.List;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.spi.KvModel;
import org.layerzoo.core.spi.KvSession;
import org.layerzoo.core.spi.Qkv;
import org.layerzoo.core.state.Slot;
import org.layerzoo.core.state.State;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;

/**
 * The first call of a layer is the prompt: it attends in full, then only what was selected stays. Later tokens are
 * appended and never evicted. Positions go on from the prompt's true length.
 */
final class SnapKvSession implements KvSession {
    private final SnapKvConfig c;
    private final List<State> layers;

    SnapKvSession(SnapKvConfig config, KvModel m) {
        this(config, new ArrayList<>());
        for (int l = 0; l < m.layers(); l++) {
            layers.add(new State(m.batch()).with("k", new Slot.Growing(2)).with("v", new Slot.Growing(2)));
        }
    }

    private SnapKvSession(SnapKvConfig config, List<State> layers) {
        this.c = config;
        this.layers = layers;
    }

    @Override
    public Tensor attend(int layer, Qkv t, Call call) {
        State s = layers.get(layer);
        int n = t.q().dim(2);
        Tensor positions = Ops.one(new Primitive.Iota(DType.I64, n, s.position(), 1));
        Tensor q = t.rotation().rotate(t.q(), positions);
        Tensor k = t.rotation().rotate(t.k(), positions);
        Tensor o = s.position() == 0 ? prefill(s, q, k, t) : decode(s, q, k, t);
        s.advance(n);
        return o;
    }

    private Tensor prefill(State s, Tensor q, Tensor k, Qkv t) {
        int length = k.dim(2);
        if (length < c.capacity()) {
            s.growing("k").append(k);
            s.growing("v").append(t.v());
        } else {
            SnapKvSelection kept = SnapKvSelection.of(c, q, k, t.v(), t.scale());
            s.growing("k").append(kept.k());
            s.growing("v").append(kept.v());
            s.count(0, (long) c.window() * length * q.dim(1));
        }
        s.count((long) length * length, (long) length * length * q.dim(1));
        return Fused.attend(q).keys(k, t.v()).causal().scale(t.scale()).o();
    }

    private Tensor decode(State s, Tensor q, Tensor k, Qkv t) {
        // A compressed cache has a head a query head; new keys come one a group.
        int heads = s.growing("k").get().dim(1);
        s.growing("k").append(org.layerzoo.nn.GroupedHeads.expand(k, heads));
        s.growing("v").append(org.layerzoo.nn.GroupedHeads.expand(t.v(), heads));
        Tensor keys = s.growing("k").get();
        s.count((long) q.dim(2) * keys.dim(2), (long) q.dim(2) * keys.dim(2) * q.dim(1));
        return Fused.attend(q)
                .keys(keys, s.growing("v").get())
                .causal()
                .scale(t.scale())
                .o();
    }

    @Override
    public State state(int layer) {
        return layers.get(layer);
    }

    @Override
    public KvSession fork() {
        return new SnapKvSession(c, layers.stream().map(State::fork).toList());
    }

    @Override
    public KvSession reorder(Tensor rows) {
        return new SnapKvSession(
                c,
                layers.stream()
                        .map(s -> s.positions()[0] == 0 ? s.fork() : s.reorder(rows))
                        .toList());
    }
}
