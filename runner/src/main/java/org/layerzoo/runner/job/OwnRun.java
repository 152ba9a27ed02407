package org.layerzoo.runner.job;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.config.Configs;
import org.layerzoo.core.exec.Exec;
import org.layerzoo.core.exec.OpInterpreter;
import org.layerzoo.core.exec.Tape;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Draws;
import org.layerzoo.core.spi.LayerProvider;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.spi.Models;
import org.layerzoo.core.spi.Port;
import org.layerzoo.core.spi.Scale;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;

/** A run in our terms: the layer of a configuration on inputs by port name, or on random ones of a shape. */
final class OwnRun<C extends Record> {
    private static final int LENGTH = 64;

    private final ZooJob.Work work;
    private final Spec spec;
    private final LayerProvider<C> provider;
    private final OpInterpreter backend;
    private final DType dtype;

    private OwnRun(ZooJob.Work work, LayerProvider<C> provider, OpInterpreter backend, DType dtype) {
        this.work = work;
        this.spec = work.spec();
        this.provider = provider;
        this.backend = backend;
        this.dtype = dtype;
    }

    static <C extends Record> OwnRun<C> of(
            ZooJob.Work work, LayerProvider<C> provider, OpInterpreter backend, DType dtype) {
        return new OwnRun<>(work, provider, backend, dtype);
    }

    /** The configuration and inputs of a run. */
    private record Start<C>(C config, Tensors in) {}

    RunJob.Ran run(TensorFile weights, TensorFile input) {
        long seed = spec.number("seed", 0);
        C base = Subjects.configured(provider, spec.object("config"), spec.texts("set"));
        Start<C> start = input == TensorFile.NONE
                ? random(base, Draws.seeded(seed).at("example"))
                : new Start<>(base, Ports.named(provider.signature(base), input.inputs()));
        Model model = Models.build(
                spec.text("id"), provider, start.config(), work.plugins().options(seed, dtype));
        List<String> wrong = new ArrayList<>();
        Ports.check(model.signature(), start.in(), a -> axisSize(start.config(), a), wrong);
        load(model, weights, wrong);
        Ports.checkCotangents(model.signature(), input.cotangents(), wrong);
        if (!wrong.isEmpty()) {
            throw new ZooException(ErrorCode.BAD_TENSORS, String.join("; ", wrong));
        }
        // Handles of their own: a tape follows tensors by identity.
        Tensors in = start.in().map(t -> t.dtype().isFloating() ? t.cast(dtype).view(t.shape()) : t);
        return forward(
                model,
                in,
                input.cotangents(),
                Call.eval().with(Draws.seeded(seed).at("call")));
    }

    private Start<C> random(C base, Draws draws) {
        if (!spec.has("shape")) {
            int length = provider.signature(base).contract().fixedLength().orElse(LENGTH);
            return new Start<>(base, provider.example(base, new Scale(1, length, dtype), draws));
        }
        RandomShape shape = RandomShape.of(provider.signature(base), spec.integers("shape"));
        C config = shape.configure(provider, base);
        Tensors in = provider.example(config, new Scale(shape.batch(), shape.length(), dtype), draws);
        shape.check(provider.signature(config), in);
        return new Start<>(config, in);
    }

    private OptionalInt axisSize(C config, String axis) {
        try {
            return OptionalInt.of(provider.axisSize(config, axis));
        } catch (ZooException | IllegalArgumentException _) {
            return OptionalInt.empty(); // a free axis
        }
    }

    private static void load(Model model, TensorFile weights, List<String> wrong) {
        if (weights == TensorFile.NONE) {
            return;
        }
        try {
            model.params().load(weights.params(), true);
        } catch (ZooException e) {
            if (e.code() != ErrorCode.BAD_TENSORS) {
                throw e;
            }
            wrong.add(e.getMessage());
        }
    }

    private RunJob.Ran forward(Model model, Tensors in, Tensors cotangents, Call call) {
        var config = Configs.toJson(model.config());
        if (!spec.flag("grad")) {
            Tensors out = Exec.with(backend, () -> model.forward(in, call));
            return new RunJob.Ran("", config, out, Tensors.empty(), Tensors.empty());
        }
        Map<String, Tensor> wrt = new LinkedHashMap<>();
        in.names().stream().filter(n -> in.get(n).dtype().isFloating()).forEach(n -> wrt.put("in." + n, in.get(n)));
        model.params().trainable().forEach(p -> wrt.put("param." + p.path(), p.value()));
        Tape tape = new Tape(backend).watch(wrt.values());
        Tensors out = tape.record(() -> model.forward(in, call));
        List<Tensor> outs = new ArrayList<>();
        List<Tensor> cots = new ArrayList<>();
        for (Port p : model.signature().out()) {
            if (out.has(p.name()) && out.get(p.name()).dtype().isFloating()) {
                Tensor y = out.get(p.name());
                outs.add(y);
                cots.add(cotangents
                        .find(p.name())
                        .map(c -> fitting(p, c, y))
                        .orElseGet(() -> Tensor.ones(y.dtype(), y.shape().dims())));
            }
        }
        List<Tensor> grads = tape.gradient(outs, cots, List.copyOf(wrt.values()));
        Map<String, Tensor> named = new LinkedHashMap<>();
        wrt.keySet().forEach(n -> named.put(n, grads.get(named.size())));
        Tensors all = Tensors.of(named);
        return new RunJob.Ran("", config, out, all.under("in."), all.under("param."));
    }

    private static Tensor fitting(Port port, Tensor cotangent, Tensor y) {
        if (!cotangent.shape().equals(y.shape())) {
            throw new ZooException(
                    ErrorCode.BAD_TENSORS,
                    "cotangent '" + port.name() + "' has shape " + cotangent.shape() + ", expected " + y.shape());
        }
        return cotangent.cast(y.dtype());
    }
}
