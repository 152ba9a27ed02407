package org.layerzoo.testkit;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.exec.Backend;
import org.layerzoo.core.exec.Reference;
import org.layerzoo.core.op.Op;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;

/** The reference as a device named "odd": {@code odd:exact}, one that is off ({@code odd:wrong}), one that refuses products ({@code odd:poor}). */
public final class OddBackend implements Backend {
    private final String kind;

    /** Found by ServiceLoader. */
    public OddBackend() {
        this("");
    }

    private OddBackend(String kind) {
        this.kind = kind;
    }

    @Override
    public String name() {
        return "odd";
    }

    @Override
    public Backend on(String device) {
        return new OddBackend(device);
    }

    @Override
    public Availability availability() {
        return new Availability(!kind.isEmpty(), "a device of the tests", List.of(), Optional.empty());
    }

    @Override
    public Optional<String> refusal(Op op, List<TensorSpec> in) {
        boolean product = op instanceof Primitive.MatMul;
        boolean cheap = op instanceof Primitive.Iota;
        return kind.equals("poor") && product || cheap ? Optional.of("not on this device") : Optional.empty();
    }

    @Override
    public List<Tensor> execute(Op op, List<Tensor> in) {
        List<Tensor> out = Reference.INSTANCE.apply(op, in);
        return kind.equals("wrong") && op instanceof Primitive.Unary
                ? out.stream().map(OddBackend::off).toList()
                : out;
    }

    private static Tensor off(Tensor t) {
        Primitive times = new Primitive.Binary(Primitive.BinaryFn.MUL);
        return Reference.INSTANCE
                .apply(times, List.of(t, Tensor.scalar(t.dtype(), 1.001)))
                .getFirst();
    }

    @Override
    public String kernel(Op op, List<TensorSpec> in) {
        return "scalar";
    }
}
