package org.layerzoo.nn.linear;

import java.util.Optional;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Seqs;
import org.layerzoo.core.op.recur.Recurrence;
import org.layerzoo.core.state.State;
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
        Algorithms.of(call, layer).ifPresent(r::algorithm);
        if (state.isEmpty()) {
            Sequences.ifPacked(call, (cuts, longest) -> r.packed(steps == 1 ? cuts : cuts.mul(steps), longest * steps));
            return r.run().o();
        }
        Recurrence.Recurred out = r.from(state.get().fixed(slot).get()).run();
        state.get().fixed(slot).set(out.state());
        return out.o();
    }

    /** What a stream has kept in a slot of its own; empty over whole rows. */
    public Optional<Tensor> kept(String slot) {
        return state.map(s -> s.fixed(slot).get());
    }

    /** Keeps a tensor for the next piece; does nothing over whole rows. */
    public void keep(String slot, Tensor t) {
        state.ifPresent(s -> s.fixed(slot).set(t));
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
