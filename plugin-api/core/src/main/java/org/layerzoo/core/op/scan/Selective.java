package org.layerzoo.core.op.scan;

import java.util.ArrayList;
import java.util.List;
import org.layerzoo.core.exec.Exec;
import org.layerzoo.core.op.Wide;
import org.layerzoo.core.tensor.Tensor;

/** Builds a call of {@link SelectiveScan}: {@code Selective.of(u, delta, a, b, c).deltaBias(bias).softplus().skip(d).gate(z).run()}. */
public final class Selective {
    private final List<Tensor> main;
    private List<Tensor> bias = List.of();
    private List<Tensor> skip = List.of();
    private List<Tensor> gate = List.of();
    private List<Tensor> state = List.of();
    private List<Tensor> bounds = List.of();
    private SelectiveScan.Discretisation discretisation = SelectiveScan.Discretisation.EULER;
    private boolean softplus;
    private boolean reverse;
    private int chunk = 64;
    private int longest;

    private Selective(List<Tensor> main) {
        this.main = main;
    }

    /** u, delta [B, T, E]; A [E, N] (F32 or F64); B, C [B, T, N] or [B, T, G, N]. */
    public static Selective of(Tensor u, Tensor delta, Tensor a, Tensor b, Tensor c) {
        return new Selective(
                List.of(u, delta, Wide.up(a), b.rank() == 3 ? b.unsqueeze(2) : b, c.rank() == 3 ? c.unsqueeze(2) : c));
    }

    /** @param e [E], added to delta (before softplus) */
    public Selective deltaBias(Tensor e) {
        bias = List.of(e);
        return this;
    }

    public Selective softplus() {
        softplus = true;
        return this;
    }

    /** @param d [E], adds d u */
    public Selective skip(Tensor d) {
        skip = List.of(d);
        return this;
    }

    /** @param z [B, T, E], multiplies by silu(z) */
    public Selective gate(Tensor z) {
        gate = List.of(z);
        return this;
    }

    /** @param h0 [B, E, N], F32 or F64 */
    public Selective from(Tensor h0) {
        state = List.of(h0);
        return this;
    }

    public Selective discretisation(SelectiveScan.Discretisation d) {
        discretisation = d;
        return this;
    }

    public Selective reverse() {
        reverse = true;
        return this;
    }

    public Selective chunk(int tokens) {
        chunk = tokens;
        return this;
    }

    /** Samples end to end with B = 1: bounds I64 [n+1], and the tokens of the longest. */
    public Selective packed(Tensor cuSeqlens, int longestSample) {
        bounds = List.of(cuSeqlens);
        longest = longestSample;
        return this;
    }

    public SelectiveScan op() {
        return new SelectiveScan(
                softplus,
                discretisation,
                !bias.isEmpty(),
                !skip.isEmpty(),
                !gate.isEmpty(),
                !state.isEmpty(),
                reverse,
                chunk,
                longest);
    }

    public List<Tensor> inputs() {
        List<Tensor> in = new ArrayList<>(main);
        List.of(wide(bias), wide(skip), gate, wide(state), bounds).forEach(in::addAll);
        return in;
    }

    /** The op takes constants of a channel and states in F32 or wider only. */
    private static List<Tensor> wide(List<Tensor> t) {
        return t.stream().map(Wide::up).toList();
    }

    public Scanned run() {
        List<Tensor> out = Exec.apply(op(), inputs());
        return new Scanned(out.get(0), out.get(1));
    }

    /** y [B, T, E] and the last h [B, E, N]. */
    public record Scanned(Tensor y, Tensor state) {}
}
