package org.layerzoo.core.spi;

import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Everything a caller must know to use a layer without building it. */
public record Signature(List<Port> in, List<Port> out, List<StateSpec> state, Set<Mode> modes, Contract contract) {
    public Signature {
        in = List.copyOf(in);
        out = List.copyOf(out);
        state = List.copyOf(state);
        modes = java.util.Collections.unmodifiableSet(new java.util.TreeSet<>(modes));
    }

    /** x [B, T, D] -> y [B, T, D]. */
    public static Signature mixer(Contract contract, Set<Mode> modes, StateSpec... state) {
        return new Signature(
                List.of(Port.in("x", "B T D", "tokens")),
                List.of(Port.out("y", "B T D", "mixed tokens")),
                List.of(state),
                modes,
                contract);
    }

    /** x [B, T, D] -> y [B, T, D], each token from those up to it, whole or as a stream that keeps these states. */
    public static Signature causalMixer(StateSpec... state) {
        return mixer(Contract.causalStreaming(), EnumSet.of(Mode.SELF_CAUSAL, Mode.STREAMING), state);
    }

    public Signature with(Port input) {
        List<Port> more = new java.util.ArrayList<>(in);
        more.add(input);
        return new Signature(more, out, state, modes, contract);
    }

    public Signature giving(Port output) {
        List<Port> more = new java.util.ArrayList<>(out);
        more.add(output);
        return new Signature(in, more, state, modes, contract);
    }

    public Optional<Port> input(String name) {
        return in.stream().filter(p -> p.name().equals(name)).findFirst();
    }

    public Optional<Port> output(String name) {
        return out.stream().filter(p -> p.name().equals(name)).findFirst();
    }

    /** First required input with a token axis, which matrix and causality tests perturb. */
    public Optional<Port> tokenInput() {
        return in.stream()
                .filter(p -> p.role() == PortRole.REQUIRED
                        && p.tokenAxis() >= 0
                        && p.dtype().isFloating())
                .findFirst();
    }

    /** First output with a token axis. */
    public Optional<Port> tokenOutput() {
        return out.stream()
                .filter(p -> p.role() == PortRole.REQUIRED
                        && p.tokenAxis() >= 0
                        && p.dtype().isFloating())
                .findFirst();
    }
}
