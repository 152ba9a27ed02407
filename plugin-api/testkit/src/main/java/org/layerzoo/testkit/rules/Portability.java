package org.layerzoo.testkit.rules;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Map.Entry;
import java.util.OptionalDouble;
import java.util.function.Supplier;
import org.layerzoo.core.exec.Dispatcher;
import org.layerzoo.core.exec.Exec;
import org.layerzoo.core.exec.OpInterpreter;
import org.layerzoo.core.exec.ShapesOnly;
import org.layerzoo.core.op.Flops;
import org.layerzoo.core.op.Op;
import org.layerzoo.core.spi.LayerProvider;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.spi.Size;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorScope;
import org.layerzoo.core.tensor.Tensors;
import tools.jackson.databind.node.ObjectNode;

/**
 * Level 3: a layer on another device than the CPU. Its outputs and gradients there, in F32 at the smallest size, are those of the float64
 * reference within the bounds that hold for the CPU, and no hot op falls back. Hot is an op that does at least a quarter of the forward's
 * floating-point operations; gradients and cheap ops may fall back, and are listed.
 */
public final class Portability {
    private static final double HOT = 0.25;

    private Portability() {}

    /**
     * What one layer did on one backend.
     *
     * @param provider empty for a plugin's main provider
     * @param forwardError worst relative error of an output; absent when it did not run
     * @param gradientError worst relative error of a gradient; absent when it did not run or there is none
     * @param fallbacks "op: reason" and how often, forward and gradient together
     * @param failures empty when all is well
     */
    public record Result(
            String provider,
            String backend,
            OptionalDouble forwardError,
            OptionalDouble gradientError,
            List<String> hotOps,
            Map<String, Long> fallbacks,
            List<String> failures) {
        public boolean passed() {
            return failures.isEmpty();
        }

        /** Puts the row of {@code zoo verify --level 3 --json}. */
        public void into(ObjectNode row) {
            row.put("provider", provider).put("backend", backend).put("dtype", "f32");
            row.put("passed", passed());
            forwardError.ifPresentOrElse(e -> row.put("forwardError", e), () -> row.putNull("forwardError"));
            gradientError.ifPresentOrElse(e -> row.put("gradientError", e), () -> row.putNull("gradientError"));
            hotOps.forEach(row.putArray("hotOps")::add);
            ObjectNode falls = row.putObject("fallbacks");
            fallbacks.forEach(falls::put);
            failures.forEach(row.putArray("failures")::add);
        }
    }

    /** @throws org.layerzoo.core.ZooException NO_BACKEND if the backend cannot be used */
    public static <C extends Record> Result of(LayerProvider<C> p, String backend, long seed) {
        Dispatcher device = Dispatcher.of(backend, false);
        LayerSubject<C> s = new LayerSubject<>(p, device, seed);
        List<String> failures = new ArrayList<>();
        OptionalDouble forward =
                worst("output", Expect.F32, () -> TensorScope.use(() -> new ForwardRules<>(s).errors()), failures);
        List<String> hot = hotOps(s);
        for (String key : device.fallbacks().keySet()) {
            if (hot.stream().anyMatch(op -> key.startsWith(op + ": "))) {
                failures.add("a hot op falls back: " + key);
            }
        }
        GradientRules<C> gradients = new GradientRules<>(s);
        OptionalDouble gradient = gradients.exists()
                ? worst("gradient to", GradientRules.ON_BACKEND, gradients::errors, failures)
                : OptionalDouble.empty();
        return new Result(p.name(), backend, forward, gradient, hot, device.fallbacks(), failures);
    }

    private static OptionalDouble worst(
            String what, double bound, Supplier<Map<String, Double>> errors, List<String> failures) {
        try {
            double worst = 0;
            for (Entry<String, Double> e : errors.get().entrySet()) {
                if (!(e.getValue() <= bound)) {
                    failures.add(what + " " + e.getKey() + " is off by " + e.getValue() + ", allowed are " + bound);
                }
                // A NaN stays.
                worst = Math.max(worst, e.getValue());
            }
            return OptionalDouble.of(worst);
        } catch (RuntimeException | StackOverflowError e) {
            failures.add(what + ": " + e);
            return OptionalDouble.empty();
        }
    }

    /** By the counts at the default config, computed on shapes alone. */
    private static <C extends Record> List<String> hotOps(LayerSubject<C> s) {
        Model m = s.model(Size.TEST, s.length(), DType.F32);
        Tensors in = s.example(s.config(Size.TEST, s.length()), 1, s.length(), DType.F32);
        Flop counter = new Flop();
        Exec.with(counter, () -> m.forward(in.map(t -> Tensor.abstractOf(t.spec())), s.call()));
        double total = counter.byOp.values().stream().mapToLong(n -> n).sum();
        return counter.byOp.entrySet().stream()
                .filter(e -> e.getValue() >= HOT * total && total > 0)
                .map(Entry::getKey)
                .toList();
    }

    /** Counts floating-point operations by the op that the layer called. */
    private static final class Flop implements OpInterpreter {
        final Map<String, Long> byOp = new LinkedHashMap<>();

        @Override
        public List<Tensor> apply(Op op, List<Tensor> in) {
            byOp.merge(op.name(), Flops.of(op, in.stream().map(Tensor::spec).toList()), Long::sum);
            return ShapesOnly.INSTANCE.apply(op, in);
        }
    }
}
