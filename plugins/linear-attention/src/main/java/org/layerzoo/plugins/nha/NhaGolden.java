package org.layerzoo.plugins.nha;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.recur.Recurrence;
import org.layerzoo.core.spi.GoldenCase;
import org.layerzoo.core.spi.GoldenFunction;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.GroupedHeads;
import org.layerzoo.nn.linear.GatedSlots;

/** ref_prefill and ref_decode of the authors' test_ops_parity.py; tensors [B, T, H, .], states a key-value head. */
final class NhaGolden {
    private NhaGolden() {}

    static List<GoldenFunction> all() {
        return List.of(
                GoldenFunction.of("prefill", c -> c.in().has("rotary_q"), NhaGolden::prefill),
                GoldenFunction.of("decode", c -> c.in().has("hk0"), NhaGolden::decode));
    }

    private static Tensors prefill(GoldenCase c) {
        int w = c.integer("W");
        Tensors in = c.in().map(t -> t.permute(0, 2, 1, 3));
        int t = in.get("q").dim(2);
        Tensors late = in.map(x -> Ops.padZero(x, 2, w, 0).slice(2, 0, t));
        double scale = 1 / Math.sqrt(in.get("q").dim(3));
        Map<String, Tensor> states = new HashMap<>();
        Fused.Part slots = new GatedSlots(
                        in.get("q"), late.get("k"), late.get("v"), late.get("s"), late.get("g"), scale)
                .part(kept(states, Map.of()));
        Fused.Part window =
                SlotsAndWindow.window(in.get("rotary_q"), in.get("rotary_k"), in.get("v"), w, scale, Optional.empty());
        return states(states, in)
                .with("o", SlotsAndWindow.joint(slots, window).o().permute(0, 2, 1, 3));
    }

    private static Tensors decode(GoldenCase c) {
        Tensors in = c.in();
        Tensors heads =
                in.without("hk0").without("hv0").without("cos").without("sin").map(t -> t.permute(0, 2, 1, 3));
        Tensor q = heads.get("q");
        double scale = 1 / Math.sqrt(q.dim(3));
        Map<String, Tensor> states = new HashMap<>();
        Map<String, Tensor> before = Map.of(
                GatedSlots.KEYS, GroupedHeads.expand(in.get("hk0"), q.dim(1)),
                GatedSlots.VALUES, GroupedHeads.expand(in.get("hv0"), q.dim(1)));
        GatedSlots memory = new GatedSlots(q, heads.get("k"), heads.get("v"), heads.get("s"), heads.get("g"), scale);
        Tensor scores = memory.scores(kept(states, before));
        int w = c.integer("W");
        Tensor turned =
                turned(q, in.get("cos").slice(1, w - 1, w), in.get("sin").slice(1, w - 1, w));
        Tensor keys = turned(heads.get("sw_k_raw"), in.get("cos"), in.get("sin"));
        Fused.Part all = SlotsAndWindow.joint(
                memory.part(kept(states, before)),
                SlotsAndWindow.window(turned, keys, heads.get("vw"), w, scale, Optional.empty()));
        Tensor total = all.lse().unsqueeze(3);
        Tensor near = turned.matmulT(GroupedHeads.expand(keys, q.dim(1))).mul(scale);
        return states(states, heads)
                .with("o", all.o().permute(0, 2, 1, 3))
                .with("qv", Ops.exp(scores.sub(total)).squeeze(2))
                .with("swp", Ops.exp(near.sub(total)).squeeze(2));
    }

    private static BiFunction<String, Recurrence, Tensor> kept(Map<String, Tensor> states, Map<String, Tensor> before) {
        return (name, r) -> {
            Recurrence.Recurred out = (before.containsKey(name) ? r.from(before.get(name)) : r).run();
            states.put(name, out.state());
            return out.o();
        };
    }

    /** The states of the first query head of each group. */
    private static Tensors states(Map<String, Tensor> s, Tensors in) {
        int group = in.get("q").dim(1) / in.get("k").dim(1);
        return Tensors.of(
                "hkt", s.get(GatedSlots.KEYS).slice(1, 0, in.get("q").dim(1), group),
                "hvt", s.get(GatedSlots.VALUES).slice(1, 0, in.get("q").dim(1), group));
    }

    /** Rotation of halves by tables [1, T, d]. */
    private static Tensor turned(Tensor x, Tensor cos, Tensor sin) {
        int half = x.dim(3) / 2;
        Tensor other = Ops.concat(3, x.slice(3, half, 2 * half).neg(), x.slice(3, 0, half));
        return x.mul(cos).add(other.mul(sin));
    }
}
