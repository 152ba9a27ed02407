package org.layerzoo.testkit.golden;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.exec.Exec;
import org.layerzoo.core.exec.OpInterpreter;
import org.layerzoo.core.exec.Tape;
import org.layerzoo.core.op.Errors;
import org.layerzoo.core.spi.GoldenFunction;
import org.layerzoo.core.spi.Provider;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorScope;
import org.layerzoo.core.tensor.Tensors;
import tools.jackson.databind.JsonNode;

/** Runs golden cases through a plugin's golden functions and compares outputs and gradients. */
public final class GoldenRunner {
    private final List<GoldenFunction> functions;
    private final OpInterpreter interpreter;

    /** What a golden function gave: outputs and, when asked for, gradients under official names. */
    public record Run(Tensors out, Tensors inputGradients, Tensors paramGradients) {}

    public GoldenRunner(List<? extends Provider<?>> providers, OpInterpreter interpreter) {
        this.functions = providers.stream().flatMap(p -> p.golden().stream()).toList();
        this.interpreter = interpreter;
    }

    /** The function for a case, by name or by who accepts it first. */
    public Optional<GoldenFunction> function(GoldenFile f, Optional<String> name) {
        return functions.stream()
                .filter(g -> name.map(n -> n.equals(g.name())).orElseGet(() -> accepts(g, f)))
                .findFirst();
    }

    private static boolean accepts(GoldenFunction g, GoldenFile f) {
        return g.accepts(f.input());
    }

    public List<String> names() {
        return functions.stream().map(GoldenFunction::name).toList();
    }

    /** Never throws for what a plugin does: a case that cannot be mapped has failed, with the reason. */
    public GoldenResult check(GoldenFile f) {
        if (f.problem().isPresent()) {
            return GoldenResult.failed(
                    f.input().name(), f.tolerance(), f.problem().get());
        }
        try {
            Optional<GoldenFunction> g = function(f, Optional.empty());
            if (g.isEmpty()) {
                return GoldenResult.failed(
                        f.input().name(),
                        f.tolerance(),
                        "no golden function accepts this case: the plugin has " + names());
            }
            return f.items().isPresent() ? checkJson(f, g.get()) : TensorScope.use(() -> checkTensors(f, g.get()));
        } catch (RuntimeException | StackOverflowError e) {
            // Configuration records refuse a value with a sentence of their own.
            boolean said = e instanceof ZooException || e instanceof IllegalArgumentException;
            String why = said && e.getMessage() != null ? e.getMessage() : e.toString();
            return GoldenResult.failed(f.input().name(), f.tolerance(), "the case could not be run: " + why);
        }
    }

    private GoldenResult checkTensors(GoldenFile f, GoldenFunction g) {
        boolean gradients = f.inputGradients().size()
                        + f.paramGradients().size()
                        + f.noGradient().size()
                > 0;
        if (!gradients && f.out().size() == 0) {
            return GoldenResult.failed(f.input().name(), f.tolerance(), "the file has neither outputs nor gradients");
        }
        ReadTensors read = new ReadTensors(interpreter);
        Run run = run(f, g, gradients, f.cotangents(), read);
        Map<String, Double> errors = new LinkedHashMap<>();
        List<String> wrong = new ArrayList<>();
        compare("out.", run.out(), f.out(), GoldenError.scale(List.of(f.out())), errors, wrong);
        double s = GoldenError.scale(List.of(f.inputGradients(), f.paramGradients()));
        compare("grad.in.", run.inputGradients(), f.inputGradients(), s, errors, wrong);
        compare("grad.param.", run.paramGradients(), f.paramGradients(), s, errors, wrong);
        f.cotangents().names().stream()
                .filter(n -> !run.out().has(n))
                .forEach(n -> wrong.add(
                        "cot." + n + " belongs to no output: given " + run.out().names()));
        f.noGradient().forEach(name -> zero(name, run, errors, wrong));
        errors.forEach((name, e) -> {
            if (!f.noGradient().contains(name.replaceFirst("^grad\\.", "")) && !(e <= f.tolerance())) {
                wrong.add(name + " is off by " + e);
            }
        });
        if (!wrong.isEmpty()) {
            unread("in.", read.notIn(f.input().in()), wrong);
            unread("param.", read.notIn(f.input().params()), wrong);
        }
        return new GoldenResult(f.input().name(), wrong.isEmpty(), f.tolerance(), errors, String.join("; ", wrong));
    }

    private static void zero(String name, Run run, Map<String, Double> errors, List<String> wrong) {
        Tensor gradient = name.startsWith("in.")
                ? run.inputGradients().get(name.substring(3))
                : run.paramGradients().get(name.substring(6));
        double size = Errors.norm(gradient);
        errors.put("grad." + name, size);
        if (size != 0) {
            wrong.add("grad." + name + " must be zero, its norm is " + size);
        }
    }

    /** A tensor that nobody reads is the likely reason: an input or parameter of an option that is not mapped. */
    private static void unread(String prefix, List<String> names, List<String> wrong) {
        names.forEach(n -> wrong.add("nothing was computed from " + prefix + n));
    }

    private static void compare(
            String prefix,
            Tensors ours,
            Tensors reference,
            double scale,
            Map<String, Double> errors,
            List<String> wrong) {
        for (String name : reference.names()) {
            Optional<Tensor> a = ours.find(name);
            if (a.isEmpty()) {
                wrong.add(prefix + name + " is missing: given " + ours.names());
                continue;
            }
            if (!a.get().shape().equals(reference.get(name).shape())) {
                wrong.add(prefix + name + " has shape " + a.get().shape() + ", expected "
                        + reference.get(name).shape());
            }
            errors.put(prefix + name, GoldenError.of(a.get(), reference.get(name), scale));
        }
    }

    /** Runs the function; cotangents that are not given are ones, and only for outputs when none is given at all. */
    public Run run(GoldenFile f, GoldenFunction g, boolean gradients, Tensors cotangents) {
        return run(f, g, gradients, cotangents, interpreter);
    }

    private static Run run(
            GoldenFile f, GoldenFunction g, boolean gradients, Tensors cotangents, OpInterpreter interpreter) {
        // Fresh handles: a tape follows tensors by identity, and mapped tensors may be shared.
        Tensors in = f.input().in().map(t -> t.view(t.shape()));
        Tensors params = f.input().params().map(t -> t.view(t.shape()));
        if (!gradients) {
            return new Run(
                    Exec.with(interpreter, () -> g.run(f.input().with(in, params))), Tensors.empty(), Tensors.empty());
        }
        Tape tape = new Tape(interpreter);
        List<Tensor> wrt = new ArrayList<>();
        in.tensors().forEach(wrt::add);
        params.tensors().forEach(wrt::add);
        wrt.removeIf(t -> !t.dtype().isFloating());
        tape.watch(wrt);
        Tensors out = tape.record(() -> g.run(f.input().with(in, params)));
        List<Tensor> outs = new ArrayList<>();
        List<Tensor> cots = new ArrayList<>();
        for (String name : out.names()) {
            if (!out.get(name).dtype().isFloating()) {
                continue;
            }
            if (cotangents.has(name) || cotangents.size() == 0) {
                outs.add(out.get(name));
                cots.add(cotangents
                        .find(name)
                        .orElseGet(() -> Tensor.ones(
                                out.get(name).dtype(), out.get(name).shape().dims())));
            }
        }
        List<Tensor> grads = tape.gradient(outs, cots, wrt);
        return new Run(out, named(in, wrt, grads), named(params, wrt, grads));
    }

    private static Tensors named(Tensors of, List<Tensor> wrt, List<Tensor> grads) {
        Tensors out = Tensors.empty();
        for (String name : of.names()) {
            for (int i = 0; i < wrt.size(); i++) {
                if (wrt.get(i) == of.get(name)) {
                    out = out.with(name, grads.get(i));
                }
            }
        }
        return out;
    }

    private GoldenResult checkJson(GoldenFile f, GoldenFunction g) {
        JsonNode ours = Exec.with(interpreter, () -> g.runJson(f.input()));
        JsonNode items = f.items().orElseThrow().get("data");
        List<String> keys =
                f.items().orElseThrow().get("outputs").propertyNames().stream().toList();
        List<String> wrong = new ArrayList<>();
        if (ours.size() != items.size()) {
            wrong.add(items.size() + " items expected, given " + ours.size());
        }
        Map<String, Double> errors = new LinkedHashMap<>();
        for (String key : keys) {
            double worst = 0;
            for (int i = 0; i < Math.min(items.size(), ours.size()); i++) {
                double e = difference(ours.get(i).path(key), items.get(i).path(key));
                if (!(e <= f.tolerance()) && wrong.size() < 5) {
                    wrong.add("item " + i + ": " + key + " " + items.get(i).path(key) + " expected, given "
                            + ours.get(i).path(key));
                }
                worst = Double.isNaN(e) ? e : Math.max(worst, e);
            }
            errors.put("out." + key, worst);
        }
        return new GoldenResult(f.input().name(), wrong.isEmpty(), f.tolerance(), errors, String.join("; ", wrong));
    }

    /** Numbers by value, whether written as integers or not; lists and objects by their parts. */
    private static double difference(JsonNode a, JsonNode b) {
        if (a.isNumber() && b.isNumber()) {
            return Math.abs(a.asDouble() - b.asDouble()) / Math.max(1, Math.abs(b.asDouble()));
        }
        if (b.isContainer() && a.getNodeType() == b.getNodeType() && a.size() == b.size()) {
            double worst = 0;
            for (int i = 0; b.isArray() && i < b.size(); i++) {
                worst = Math.max(worst, difference(a.get(i), b.get(i)));
            }
            for (String key : b.propertyNames()) {
                worst = Math.max(worst, difference(a.path(key), b.path(key)));
            }
            return worst;
        }
        return !b.isMissingNode() && a.equals(b) ? 0 : Double.POSITIVE_INFINITY;
    }
}
