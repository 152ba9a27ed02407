package org.layerzoo.nn.linear;

import java.util.Optional;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Seqs;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.Wide;
import org.layerzoo.core.op.recur.Algorithm;
import org.layerzoo.core.op.recur.Recurrence;
import org.layerzoo.core.op.scan.Selective;
import org.layerzoo.core.op.shortconv.TokenConv;
import org.layerzoo.core.state.Slot;
import org.layerzoo.core.state.State;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.nn.Algorithms;
import org.layerzoo.nn.DepthwiseConv;
import org.layerzoo.nn.Sequences;

/** One run of a {@link LinearMixer}: over whole rows or packed sequences, or on from a stream's state. The formula is the same. */
public final class Pass {
    private final Call call;
    private final Optional<State> state;
    private final String layer;

    private Pass(Call call, Optional<State> state, String layer) {
        this.call = call;
        this.state = state;
        this.layer = layer;
    }

    static Pass whole(Call call, String layer) {
        return new Pass(call, Optional.empty(), layer);
    }

    static Pass on(State s, Call call, String layer) {
        return new Pass(call, Optional.of(s), layer);
    }

    public Call call() {
        return call;
    }

    /** Reads [B, H, T, dv] of a recurrence in the form that the call asks for, its state in the slot of that name. */
    public Tensor recur(String slot, Recurrence r) {
        return recur(slot, r, 1);
    }

    /** The same for a recurrence that takes several steps a token. */
    public Tensor recur(String slot, Recurrence r, int steps) {
        if (state.isEmpty()) {
            Sequences.ifPacked(call, (cuts, longest) -> r.packed(steps == 1 ? cuts : cuts.mul(steps), longest * steps));
            return run(r).o();
        }
        Recurrence.Recurred out = run(r.from(state.get().fixed(slot).get()));
        state.get().fixed(slot).set(out.state());
        return out.o();
    }

    /** The same run for a child at {@code path}: its call, and its slots where there is a stream. */
    public Pass under(String path) {
        return new Pass(call.under(path), state.map(s -> s.under(path)), layer);
    }

    /** h_t = a_t h_{t-1} + b_t for a, b [B, T, ..] in the form that the call asks for, its last h in the slot of that name. */
    public Tensor scan(String slot, Tensor a, Tensor b) {
        return kept(slot, Elementwise.real(a, b, start(slot, b), Algorithms.of(call, layer), false));
    }

    /** The same in complex pairs [B, T, .., 2]. */
    public Tensor complexScan(String slot, Tensor a, Tensor b) {
        return kept(slot, Elementwise.complex(a, b, start(slot, b), Algorithms.of(call, layer), false));
    }

    private Tensor start(String slot, Tensor b) {
        return kept(slot)
                .orElseGet(
                        () -> Ops.fill(0, Wide.up(b).spec().withShape(b.shape().without(1))));
    }

    private Tensor kept(String slot, Tensor h) {
        keep(slot, h.select(1, h.dim(1) - 1));
        return h;
    }

    /** y [B, T, E] of a selective scan, chunks as the call asks; its state [B, E, N] in the slot of that name. */
    public Tensor selective(String slot, Selective s, int tokens) {
        Algorithms.of(call, layer)
                .ifPresent(a -> s.chunk(
                        switch (a) {
                            case Algorithm.Recurrent r -> 1;
                            case Algorithm.Chunked c -> c.size();
                            case Algorithm.Parallel p -> tokens;
                        }));
        Sequences.ifPacked(call, s::packed);
        kept(slot).ifPresent(s::from);
        Selective.Scanned r = s.run();
        keep(slot, r.state());
        return r.y();
    }

    /** A short causal convolution whose last inputs lie in the slot of that name. */
    public Tensor conv(String slot, TokenConv c) {
        Sequences.ifPacked(call, c::packed);
        kept(slot).ifPresent(c::from);
        TokenConv.Convolved r = c.run();
        keep(slot, r.state());
        return r.y();
    }

    /** Runs a recurrence in the form that the call asks for; packing and states are the caller's. */
    public Recurrence.Recurred run(Recurrence r) {
        Algorithms.of(call, layer).ifPresent(r::algorithm);
        return r.run();
    }

    /** What a stream has kept in a slot of its own; empty over whole rows. */
    public Optional<Tensor> kept(String slot) {
        return state.map(s -> s.fixed(slot).get());
    }

    /** Keeps a tensor for the next piece; does nothing over whole rows. */
    public void keep(String slot, Tensor t) {
        state.ifPresent(s -> s.fixed(slot).set(t));
    }

    /** x [B, H, n, ..] with up to w tokens in front of it that a stream has seen before, its last w being kept in the slot [B, H, w, ..]; x alone over whole rows. */
    public Tensor behind(String slot, Tensor x, int w) {
        return state.map(s -> joined(s, slot, x, w).slice(2, Math.max(0, w - s.position()), w + x.dim(2)))
                .orElse(x);
    }

    /** Each token's x [B, H, n, ..] of w tokens before, 0 where its sequence hasn't begun; a stream keeps its last w in the slot [B, H, w, ..]. */
    public Tensor delayed(String slot, Tensor x, int w) {
        if (state.isPresent()) {
            return joined(state.get(), slot, x, w).slice(2, 0, x.dim(2));
        }
        int n = x.dim(2);
        Tensor moved = Ops.padZero(x, 2, w, 0).slice(2, 0, n);
        return call.seqs() instanceof Seqs.Packed p
                ? Ops.where(
                        within(p.cuSeqlens(), n)
                                .ge(Tensor.of(new long[] {w}, 1))
                                .unsqueeze(1),
                        moved,
                        Ops.zerosLike(x))
                : moved;
    }

    private static Tensor joined(State s, String slot, Tensor x, int w) {
        Tensor all = Ops.concat(2, s.fixed(slot).get(), x);
        s.fixed(slot).set(all.slice(2, all.dim(2) - w, all.dim(2)));
        return all;
    }

    /** Places of n packed tokens in their sequences, I64 [n]. */
    private static Tensor within(Tensor bounds, int n) {
        Tensor at = Ops.iota(DType.I64, n);
        Tensor sample = Ops.searchSorted(bounds, at, true).sub(Tensor.of(new long[] {1}, 1));
        return at.sub(Ops.indexSelect(bounds, 0, sample));
    }

    /** Everything that a growing slot holds once {@code piece} is appended; over whole rows the piece itself. */
    public Optional<Tensor> grown(String slot, Optional<Tensor> piece) {
        if (state.isEmpty()) {
            return piece;
        }
        Slot.Growing g = state.get().growing(slot);
        piece.ifPresent(g::append);
        return g.isEmpty() ? Optional.empty() : Optional.of(g.get());
    }

    /** Tokens that every row has seen before this run. */
    public int position() {
        return state.map(State::position).orElse(0);
    }

    /** A short causal convolution of x [B, T, C]. */
    public Tensor conv(DepthwiseConv c, Tensor x) {
        return state.map(s -> c.advance(x, s)).orElseGet(() -> c.apply(x, call.seqs()));
    }

    /** I64 [n] or [B, n]: those of the call when it names them, else counted from the start of each sequence. */
    public Tensor positions(int n) {
        if (call.seqs() instanceof Seqs.Packed p && p.positions().isEmpty()) {
            long[] cuts = p.cuSeqlens().toLongs();
            long[] at = new long[n];
            for (int i = 0, s = 0; i < n; i++) {
                while (i >= cuts[s + 1]) {
                    s++;
                }
                at[i] = i - cuts[s];
            }
            return Tensor.of(at, n);
        }
        return Sequences.positions(call, state.map(State::position).orElse(0), n);
    }
}
