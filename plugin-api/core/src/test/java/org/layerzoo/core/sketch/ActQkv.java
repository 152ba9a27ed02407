package org.layerzoo.core.sketch;

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

/** actqkv: each layer spends from one budget; how many entries it reads is data, so it is decided on the host. */
final class ActQkv implements KvSession {
    private final List<State> layers = new ArrayList<>();
    private final State session;

    ActQkv(KvModel m) {
        for (int l = 0; l < m.layers(); l++) {
            layers.add(new State(m.batch())
                    .with("k", new Slot.Growing(2))
                    .with("v", new Slot.Growing(2))
                    .with("mean", new Slot.Fixed(Tensor.zeros(DType.F32, m.batch(), m.heads(), m.headDim()))));
        }
        session = new State(m.batch()).with("budget", new Slot.Fixed(Tensor.scalar(DType.F32, 64)));
    }

    @Override
    public Tensor attend(int layer, Qkv t, Call call) {
        State s = layers.get(layer);
        s.growing("k").append(t.k());
        s.growing("v").append(t.v());
        Tensor k = s.growing("k").get();
        Tensor probe = t.q().mean(2).sub(s.fixed("mean").get());
        Tensor score = probe.unsqueeze(2).matmulT(k).mean(1).squeeze(1);
        int keep = Math.min(k.dim(2), (int) session.fixed("budget").get().item());
        Tensor index = Ops.topK(score, keep, -1, Primitive.TopKOrder.BY_INDEX).get(1);
        session.fixed("budget").set(session.fixed("budget").get().sub(keep / 8.0));
        Tensor mask = Ops.oneHot(index, k.dim(2), DType.F32).sum(1).gt(0);
        s.advance(t.q().dim(2));
        s.count(keep, k.dim(2));
        return Fused.attend(t.q())
                .keys(k, s.growing("v").get())
                .causal()
                .keyMask(mask)
                .o();
    }

    @Override
    public State state(int layer) {
        return layers.get(layer);
    }

    @Override
    public State shared() {
        return session;
    }

    private ActQkv(List<State> layers, State session) {
        this.layers.addAll(layers);
        this.session = session;
    }

    @Override
    public KvSession fork() {
        return new ActQkv(layers.stream().map(State::fork).toList(), session.fork());
    }

    @Override
    public KvSession reorder(Tensor rows) {
        return new ActQkv(layers.stream().map(s -> s.reorder(rows)).toList(), session.fork());
    }
}
