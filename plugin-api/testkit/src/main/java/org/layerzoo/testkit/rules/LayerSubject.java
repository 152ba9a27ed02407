package org.layerzoo.testkit.rules;

import java.util.List;
import java.util.stream.IntStream;
import org.layerzoo.core.exec.Exec;
import org.layerzoo.core.exec.OpInterpreter;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Draws;
import org.layerzoo.core.spi.Contract;
import org.layerzoo.core.spi.LayerProvider;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.spi.Models;
import org.layerzoo.core.spi.Scale;
import org.layerzoo.core.spi.Signature;
import org.layerzoo.core.spi.Size;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;

/** A layer provider under test: how its models, inputs and runs are made. */
final class LayerSubject<C extends Record> {
    final LayerProvider<C> provider;
    final OpInterpreter backend;
    final long seed;

    LayerSubject(LayerProvider<C> provider, OpInterpreter backend, long seed) {
        this.provider = provider;
        this.backend = backend;
        this.seed = seed;
    }

    C config(Size size, int length) {
        return provider.atLength(provider.defaults(size), length);
    }

    Signature signature() {
        return provider.signature(provider.defaults(Size.TINY));
    }

    Contract contract() {
        return signature().contract();
    }

    /** Lengths to test: odd, composite, prime; the only one of a fixed-length layer. */
    List<Integer> lengths() {
        return contract().fixedLength().isPresent()
                ? List.of(contract().fixedLength().getAsInt())
                : List.of(6, 12, 25);
    }

    int length() {
        return lengths().getLast();
    }

    Model model(Size size, int length, DType dtype) {
        return Models.build(
                "", provider, config(size, length), Models.Options.of(seed).with(dtype));
    }

    /** A model with every parameter moved off its initial value, so that zero-initialised branches take part. */
    Model perturbed(Size size, int length, DType dtype) {
        Model m = model(size, length, dtype);
        Draws d = Draws.seeded(seed).at("perturb");
        m.params()
                .params()
                .values()
                .forEach(p -> p.set(p.value()
                        .add(d.normal(p.path(), DType.F64, p.spec().shape().dims())
                                .mul(0.05)
                                .cast(p.spec().dtype()))));
        return m;
    }

    Tensors example(C config, int batch, int length, DType dtype) {
        return provider.example(
                config, new Scale(batch, length, dtype), Draws.seeded(seed).at("example"));
    }

    Tensors example(int batch, int length, DType dtype) {
        return example(config(Size.TINY, length), batch, length, dtype);
    }

    Call call() {
        return Call.eval().with(Draws.seeded(seed).at("call"));
    }

    Tensors run(Model m, Tensors in) {
        return run(m, in, call());
    }

    Tensors run(Model m, Tensors in, Call call) {
        return Exec.with(backend, () -> m.forward(in, call));
    }

    /** Row {@code b} of every tensor whose port has a batch axis. */
    Tensors row(Signature s, Tensors t, int b, boolean inputs) {
        Tensors out = Tensors.empty();
        for (String n : t.names()) {
            int axis = (inputs ? s.input(n) : s.output(n))
                    .map(p -> List.of(p.axisNames()).indexOf("B"))
                    .orElse(-1);
            Tensor v = t.get(n);
            out = out.with(n, axis < 0 ? v : v.slice(axis, b, b + 1));
        }
        return out;
    }

    static int[] range(int n) {
        return IntStream.range(0, n).toArray();
    }
}
