package org.layerzoo.cpuvector.op.elementwise;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.SequencedSet;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.cpuvector.Blocks;
import org.layerzoo.cpuvector.Broadcast;

/** One value of a chain: an input, or what a step makes of other values. Two values are the same only if they are one object. */
final class ChainValue {
    /** @param cost element operations a result */
    record Compute(Blocks.Step step, int cost, DType dtype) {}

    private final Optional<Tensor> input;
    private final Optional<Broadcast> pattern;
    private final Optional<Compute> compute;
    private final List<ChainValue> arguments;
    private final DType dtype;

    private ChainValue(
            Optional<Tensor> input,
            Optional<Broadcast> pattern,
            Optional<Compute> compute,
            List<ChainValue> arguments,
            DType dtype) {
        this.input = input;
        this.pattern = pattern;
        this.compute = compute;
        this.arguments = arguments;
        this.dtype = dtype;
    }

    /** An input, read as if expanded to {@code out}. */
    static ChainValue of(Tensor t, TensorSpec out) {
        return new ChainValue(
                Optional.of(t),
                Optional.of(Broadcast.of(t.shape(), out.shape())),
                Optional.empty(),
                List.of(),
                t.dtype());
    }

    static ChainValue of(Compute f, List<ChainValue> arguments) {
        return new ChainValue(Optional.empty(), Optional.empty(), Optional.of(f), List.copyOf(arguments), f.dtype());
    }

    Optional<Tensor> input() {
        return input;
    }

    Broadcast pattern() {
        return pattern.orElseThrow();
    }

    Optional<Compute> compute() {
        return compute;
    }

    List<ChainValue> arguments() {
        return arguments;
    }

    DType dtype() {
        return dtype;
    }

    /** This value and all it needs, each behind what it needs. */
    SequencedSet<ChainValue> inOrder() {
        SequencedSet<ChainValue> out = new LinkedHashSet<>();
        collect(out);
        return out;
    }

    private void collect(SequencedSet<ChainValue> out) {
        if (!out.contains(this)) {
            arguments.forEach(a -> a.collect(out));
            out.add(this);
        }
    }
}
