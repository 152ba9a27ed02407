package org.layerzoo.core.exec;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.gpu.GpuOp;
import org.layerzoo.core.op.FusedOp;
import org.layerzoo.core.op.Op;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;

/**
 * Plain execution: the chosen backend first, then the op's decomposition, then the CPU, last the reference. Every step
 * down is counted with its reason and shown with the result.
 */
public final class Dispatcher implements OpInterpreter {
    private final List<Backend> order;
    private final Map<String, Long> fallbacks = new ConcurrentHashMap<>();
    private final boolean strict;

    private Dispatcher(List<Backend> order, boolean strict) {
        this.order = order;
        this.strict = strict;
    }

    private static final class Holder {
        static final List<Backend> BACKENDS = ServiceLoader.load(Backend.class, Backend.class.getClassLoader()).stream()
                .map(ServiceLoader.Provider::get)
                .toList();
        static final Dispatcher AUTO = of("auto", false);
    }

    /** Best usable backend; shared by the whole process. */
    public static Dispatcher auto() {
        return Holder.AUTO;
    }

    /** Every backend on the class path, usable or not. */
    public static List<Backend> backends() {
        return Holder.BACKENDS;
    }

    /**
     * One backend, on the device that its name may carry.
     *
     * @throws ZooException NO_BACKEND if it is not there or cannot be used
     */
    public static Backend backend(String name) {
        return named(name, name.contains(":") ? name.substring(0, name.indexOf(':')) : name);
    }

    /**
     * A fresh dispatcher with its own counters.
     *
     * @param name auto, reference, or a backend's name with an optional {@code :device}
     * @param noFallback refuse instead of falling back
     * @throws ZooException NO_BACKEND if a backend asked for by name cannot be used
     */
    public static Dispatcher of(String name, boolean noFallback) {
        String base = name.contains(":") ? name.substring(0, name.indexOf(':')) : name;
        if (base.equals("reference")) {
            return new Dispatcher(List.of(), false);
        }
        List<Backend> order = new ArrayList<>();
        if (!base.equals("auto")) {
            order.add(named(name, base));
        }
        // Only those that may be chosen are asked: looking for a driver costs time.
        Holder.BACKENDS.stream()
                .filter(b -> base.equals("auto") && b.automatic() || b.name().equals("cpu-vector"))
                .filter(b -> !order.contains(b) && b.availability().usable())
                .sorted(Comparator.comparing(b -> b.name().equals("cpu-vector")))
                .forEach(order::add);
        return new Dispatcher(List.copyOf(order), noFallback);
    }

    private static Backend named(String name, String base) {
        Backend b = Holder.BACKENDS.stream()
                .filter(x -> x.name().equals(base))
                .findFirst()
                .orElseThrow(() -> new ZooException(
                        ErrorCode.NO_BACKEND,
                        "unknown backend '" + name + "': expected auto, reference or one of "
                                + Holder.BACKENDS.stream().map(Backend::name).collect(Collectors.joining(", "))));
        // A device may be usable although the backend's choice of its own is not.
        Backend chosen = name.equals(base) ? b : b.on(name.substring(base.length() + 1));
        Backend.Availability a = chosen.availability();
        if (!a.usable()) {
            throw new ZooException(
                    ErrorCode.NO_BACKEND,
                    "backend " + name + " cannot be used here: "
                            + a.summary()
                            + a.remedy().map(r -> "; " + r).orElse(""));
        }
        return chosen;
    }

    /** On the host, what a {@link GpuOp} means in ops is the way that it is run there, and no step down. */
    @Override
    public List<Tensor> apply(Op op, List<Tensor> in) {
        if (op instanceof Primitive.Reshape r) {
            op.infer(specs(in));
            return List.of(in.getFirst().view(r.to()));
        }
        if (op instanceof Primitive.Control) {
            // What a custom op does inside is hidden from tapes.
            return Exec.with(this, () -> Reference.INSTANCE.apply(op, in));
        }
        List<TensorSpec> specs = specs(in);
        if (op instanceof FusedOp) {
            // Checked here, so that an error names the op that the caller knows.
            op.infer(specs);
        }
        String reason = null;
        for (Backend b : order) {
            Optional<String> refusal = b.refusal(op, specs);
            if (refusal.isEmpty()) {
                if (reason != null) {
                    stepDown(op, reason);
                }
                return b.execute(op, in);
            }
            if (reason == null && !(op instanceof GpuOp && b.onHost())) {
                reason = refusal.get();
            }
            if (op instanceof FusedOp && !b.onHost()) {
                // Its parts on the device cost less than a way to the host and back.
                break;
            }
        }
        if (reason != null) {
            stepDown(op, reason);
        }
        return op instanceof FusedOp f ? Exec.with(this, () -> f.decompose(in)) : Reference.INSTANCE.apply(op, in);
    }

    private void stepDown(Op op, String reason) {
        if (strict) {
            throw new ZooException(
                    ErrorCode.UNSUPPORTED,
                    "backend " + order.getFirst().name() + " does not run " + op.name() + ": " + reason
                            + " (--no-fallback forbids the slower way)");
        }
        fallbacks.merge(op.name() + ": " + reason, 1L, Long::sum);
    }

    static List<TensorSpec> specs(List<Tensor> in) {
        return in.stream().map(Tensor::spec).toList();
    }

    /** The backend asked first, or "reference". */
    public String backend() {
        return order.isEmpty() ? "reference" : order.getFirst().name();
    }

    /** Steps down so far: "op: reason" and how often. */
    public Map<String, Long> fallbacks() {
        return new TreeMap<>(fallbacks);
    }

    public void clearFallbacks() {
        fallbacks.clear();
    }
}
