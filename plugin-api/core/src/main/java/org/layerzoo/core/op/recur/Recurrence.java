package org.layerzoo.core.op.recur;

import java.util.ArrayList;
import java.util.List;
import org.layerzoo.core.exec.Exec;
import org.layerzoo.core.op.Wide;
import org.layerzoo.core.tensor.Tensor;

/** Builds a call of {@link Recur}: {@code Recurrence.of(q, k, v).scalar(g).from(s0).chunked(64).run()}. Scale 1, no gate, chunks of 64 (16 for key and value gates) unless said. */
public final class Recurrence {
    private final List<Tensor> qkv;
    private Gate gate = new Gate.None();
    private List<Tensor> gates = List.of();
    private Diagonal diagonal = Diagonal.INCLUSIVE;
    private boolean reverse;
    private double scale = 1;
    private List<Algorithm> algorithm = List.of();
    private List<Tensor> state = List.of();
    private List<Tensor> bounds = List.of();
    private int longest;

    private Recurrence(Tensor q, Tensor k, Tensor v) {
        qkv = List.of(q, k, v);
    }

    /** q, k [B, Hk, T, dk], v [B, H, T, dv]. */
    public static Recurrence of(Tensor q, Tensor k, Tensor v) {
        return new Recurrence(q, k, v);
    }

    /** @param log [H] */
    public Recurrence perHead(Tensor log) {
        return gate(new Gate.PerHead(), log);
    }

    /** @param log [B, H, T] */
    public Recurrence scalar(Tensor log) {
        return gate(new Gate.Scalar(), log);
    }

    /** @param log [B, H, T, dk] */
    public Recurrence key(Tensor log) {
        return gate(new Gate.Key(), log);
    }

    /** @param log [B, H, T, dv] */
    public Recurrence value(Tensor log) {
        return gate(new Gate.Value(), log);
    }

    /** @param beta [B, H, T] */
    public Recurrence delta(Tensor beta) {
        return gate(new Gate.Delta(false), beta);
    }

    /** @param beta [B, H, T] @param log decays [B, H, T] */
    public Recurrence delta(Tensor beta, Tensor log) {
        return gate(new Gate.Delta(true), beta, log);
    }

    private Recurrence gate(Gate g, Tensor... tensors) {
        gate = g;
        gates = List.of(tensors);
        return this;
    }

    public Recurrence diagonal(Diagonal d) {
        diagonal = d;
        return this;
    }

    /** From the last token to the first. */
    public Recurrence reverse() {
        reverse = true;
        return this;
    }

    public Recurrence scale(double s) {
        scale = s;
        return this;
    }

    /** @param s0 [B, H, dk, dv], F32 or F64 */
    public Recurrence from(Tensor s0) {
        state = List.of(s0);
        return this;
    }

    public Recurrence chunked(int size) {
        return algorithm(new Algorithm.Chunked(size));
    }

    public Recurrence algorithm(Algorithm a) {
        algorithm = List.of(a);
        return this;
    }

    /** Samples end to end with B = 1: bounds I64 [n+1], and the tokens of the longest. */
    public Recurrence packed(Tensor cuSeqlens, int longestSample) {
        bounds = List.of(cuSeqlens);
        longest = longestSample;
        return this;
    }

    public Recur op() {
        boolean wide = gate instanceof Gate.Key || gate instanceof Gate.Value;
        Algorithm a = algorithm.isEmpty() ? new Algorithm.Chunked(wide ? 16 : 64) : algorithm.getFirst();
        return new Recur(gate, diagonal, reverse, scale, a, !state.isEmpty(), longest);
    }

    public List<Tensor> inputs() {
        List<Tensor> in = new ArrayList<>(qkv);
        // Gates and states are F32 or wider, also where q, k and v are not.
        gates.forEach(g -> in.add(Wide.up(g)));
        state.forEach(t -> in.add(Wide.up(t)));
        in.addAll(bounds);
        return in;
    }

    public Recurred run() {
        List<Tensor> out = Exec.apply(op(), inputs());
        return new Recurred(out.get(0), out.get(1));
    }

    /** o [B, H, T, dv] and the final state [B, H, dk, dv]. */
    public record Recurred(Tensor o, Tensor state) {}
}
