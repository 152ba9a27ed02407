package org.layerzoo.nn.linear;

import java.util.List;
import java.util.function.BiFunction;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.Wide;
import org.layerzoo.core.op.recur.Recurrence;
import org.layerzoo.core.spi.StateSpec;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.nn.GroupedHeads;

/**
 * Reads of a gated slot memory: two recurrences of linear attention with a softmax over slots between them. Keys are written
 * into slots, K_t = diag(a_t) K_{t-1} + s_t k_t^T, values alike; o_t = V_t^T softmax(K_t q_t).
 *
 * @param q [B, H, T, dk]
 * @param k [B, Hkv, T, dk]
 * @param v [B, Hkv, T, dv]
 * @param write s [B, Hkv, T, m]
 * @param logKeep log a [B, Hkv, T, m]
 * @param scale of the slot scores
 */
public record GatedSlots(Tensor q, Tensor k, Tensor v, Tensor write, Tensor logKeep, double scale) {
    /** Slot "hk" of a stream: [B, H, dk, m]. */
    public static final String KEYS = "hk";

    /** Slot "hv" of a stream: [B, H, m, dv]. */
    public static final String VALUES = "hv";

    /** What one number a slot does: a = sigmoid(x)^(1/tau) of the slot stays and 1 - a of the token is written. */
    public record Gate(Tensor write, Tensor logKeep) {
        public static Gate of(Tensor x, double tau) {
            Tensor log = Ops.logSigmoid(x).mul(1 / tau);
            return new Gate(Ops.expm1(log).neg(), log);
        }
    }

    public static GatedSlots of(Tensor q, Tensor k, Tensor v, Gate gate, double scale) {
        return new GatedSlots(q, k, v, gate.write(), gate.logKeep(), scale);
    }

    /** What a stream carries: both memories of m slots. @param dk channels of a key @param dv those of a value */
    public static List<LinearMixer.Memory> memory(int heads, int dk, int dv, int m) {
        return List.of(new LinearMixer.Memory(KEYS, heads, dk, m), new LinearMixer.Memory(VALUES, heads, m, dv));
    }

    /** The same for a signature. @param dk name of the axis of keys @param dv that of values */
    public static List<StateSpec> state(String dk, String dv) {
        return List.of(
                new StateSpec(KEYS, "fixed", "B H " + dk + " m", "keys of the slots, F32 or wider"),
                new StateSpec(VALUES, "fixed", "B H m " + dv, "values of the slots, F32 or wider"));
    }

    /** o [B, H, T, dv]. @param run of a recurrence by name, giving its reads */
    public Tensor read(BiFunction<String, Recurrence, Tensor> run) {
        return read(scores(run), run);
    }

    /** o and the log-sum-exp of the slot scores [B, H, T], for a softmax over slots and other keys together. */
    public Fused.Part part(BiFunction<String, Recurrence, Tensor> run) {
        Tensor scores = scores(run);
        return new Fused.Part(read(scores, run), Ops.logSumExp(Wide.up(scores), false, -1));
    }

    /** Scores of the slots [B, H, T, m]. */
    public Tensor scores(BiFunction<String, Recurrence, Tensor> run) {
        return run.apply(
                KEYS,
                Fused.recur(q, own(k), own(write))
                        .value(own(logKeep))
                        .scale(scale)
                        .chunked(16));
    }

    private Tensor read(Tensor scores, BiFunction<String, Recurrence, Tensor> run) {
        Tensor weights = Fused.softmax(scores, -1);
        return run.apply(
                VALUES,
                Fused.recur(weights, own(write), own(v)).key(own(logKeep)).chunked(16));
    }

    private Tensor own(Tensor kv) {
        return GroupedHeads.expand(kv, q.dim(1));
    }
}
