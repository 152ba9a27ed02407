package org.layerzoo.testkit.rules;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.exec.Exec;
import org.layerzoo.core.exec.OpInterpreter;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Draws;
import org.layerzoo.core.op.Errors;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.spi.KvModel;
import org.layerzoo.core.spi.KvPolicyProvider;
import org.layerzoo.core.spi.KvSession;
import org.layerzoo.core.spi.Qkv;
import org.layerzoo.core.spi.Size;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;

/** What holds of cache policies: outputs have the queries' shape, positions count true tokens, sessions are independent, future tokens do not act. */
final class KvPolicyRules {
    private static final int PROMPT = 40;

    private KvPolicyRules() {}

    static <C extends Record> List<Rules.Named> of(KvPolicyProvider<C> p, OpInterpreter backend, long seed) {
        return List.of(
                new Rules.Named("decode", () -> Exec.with(backend, () -> decode(p, seed))),
                new Rules.Named("sessions are independent", () -> Exec.with(backend, () -> independent(p, seed))),
                new Rules.Named("grouped heads", () -> Exec.with(backend, () -> grouped(p, seed))));
    }

    private static <C extends Record> KvSession open(KvPolicyProvider<C> p, int heads, int kvHeads) {
        return p.open(p.defaults(Size.TINY), new KvModel(2, heads, kvHeads, 8, 2, DType.F32), Optional.empty());
    }

    private static Qkv tokens(long seed, String name, int heads, int kvHeads, int n) {
        Draws d = Draws.seeded(seed).at(name);
        return new Qkv(
                d.normal("q", DType.F32, 2, heads, n, 8),
                d.normal("k", DType.F32, 2, kvHeads, n, 8),
                d.normal("v", DType.F32, 2, kvHeads, n, 8),
                d.normal("x", DType.F32, 2, n, 8 * heads),
                Qkv.Rotation.NONE,
                1 / Math.sqrt(8));
    }

    private static <C extends Record> String decode(KvPolicyProvider<C> p, long seed) {
        KvSession s = open(p, 4, 4);
        for (int layer = 0; layer < 2; layer++) {
            Tensor o = s.attend(layer, tokens(seed, "prompt" + layer, 4, 4, PROMPT), Call.eval());
            Expect.isTrue(
                    o.shape().equals(org.layerzoo.core.tensor.Shape.of(2, 4, PROMPT, 8)), "prefill gives " + o.shape());
            Expect.isTrue(Errors.finite(o), "prefill holds NaN or infinity");
        }
        for (int step = 0; step < 5; step++) {
            for (int layer = 0; layer < 2; layer++) {
                Tensor o = s.attend(layer, tokens(seed, "step" + step + "." + layer, 4, 4, 1), Call.eval());
                Expect.isTrue(
                        o.shape().equals(org.layerzoo.core.tensor.Shape.of(2, 4, 1, 8)) && Errors.finite(o),
                        "step " + step + " gives " + o.shape() + " or non-finite values");
            }
        }
        Expect.isTrue(
                s.state(0).position() == PROMPT + 5,
                "after " + (PROMPT + 5) + " tokens the position is "
                        + s.state(0).position());
        Expect.isTrue(s.state(0).usage().bytes() > 0, "the session says it holds nothing");
        return s.state(0).usage().entries() + " entries kept of " + (PROMPT + 5);
    }

    private static <C extends Record> String independent(KvPolicyProvider<C> p, long seed) {
        KvSession a = open(p, 4, 4);
        for (int l = 0; l < 2; l++) {
            a.attend(l, tokens(seed, "prompt" + l, 4, 4, PROMPT), Call.eval());
        }
        KvSession fork = a.fork();
        KvSession swapped = a.reorder(Tensor.of(new long[] {1, 0}, 2));
        fork.attend(0, tokens(seed, "other", 4, 4, 1), Call.eval());
        Qkv next = tokens(seed, "next", 4, 4, 1);
        Qkv crossed = new Qkv(
                Ops.flip(next.q(), 0),
                Ops.flip(next.k(), 0),
                Ops.flip(next.v(), 0),
                Ops.flip(next.x(), 0),
                next.rotation(),
                next.scale());
        Tensor straight = a.attend(0, next, Call.eval());
        Expect.close("rows swapped", Ops.flip(swapped.attend(0, crossed, Call.eval()), 0), straight, Expect.F32);
        KvSession again = open(p, 4, 4);
        for (int l = 0; l < 2; l++) {
            again.attend(l, tokens(seed, "prompt" + l, 4, 4, PROMPT), Call.eval());
        }
        Expect.close("after a fork went its own way", straight, again.attend(0, next, Call.eval()), Expect.F32);
        return "fork and reorder";
    }

    private static <C extends Record> String grouped(KvPolicyProvider<C> p, long seed) {
        KvSession s = open(p, 4, 2);
        Tensor o = s.attend(0, tokens(seed, "g", 4, 2, PROMPT), Call.eval());
        Expect.isTrue(o.dim(1) == 4 && Errors.finite(o), "four query heads over two key-value heads give " + o.shape());
        return "4 over 2 heads";
    }
}
