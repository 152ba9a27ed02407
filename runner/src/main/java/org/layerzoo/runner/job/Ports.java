package org.layerzoo.runner.job;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Function;
import org.layerzoo.core.spi.Port;
import org.layerzoo.core.spi.PortRole;
import org.layerzoo.core.spi.Signature;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;

/** Checks tensors against a signature and says everything that does not fit at once. */
final class Ports {
    /** Axes whose sizes may differ from port to port: another key length makes it cross-attention. */
    private static final Set<String> FREE = Set.of("T", "S", "h", "w");

    private Ports() {}

    /** Whether an axis has another size in each request. */
    static boolean free(String axis) {
        return FREE.contains(axis);
    }

    /** A bare array is the first required input. */
    static Tensors named(Signature s, Tensors in) {
        if (!in.has(TensorFile.ARRAY)) {
            return in;
        }
        String first = s.in().stream()
                .filter(p -> p.role() == PortRole.REQUIRED)
                .findFirst()
                .map(Port::name)
                .orElse("x");
        return in.without(TensorFile.ARRAY).with(first, in.get(TensorFile.ARRAY));
    }

    static void check(Signature s, Tensors in, Function<String, OptionalInt> axisSize, List<String> wrong) {
        List<String> known = s.in().stream().map(Port::name).toList();
        in.names().stream()
                .filter(n -> known.stream().noneMatch(k -> n.equals(k) || n.startsWith(k + ".")))
                .forEach(n -> wrong.add("unknown input '" + n + "': expected " + known));
        Map<String, Integer> sizes = new HashMap<>();
        for (Port p : s.in()) {
            if (in.has(p.name())) {
                check(p, in.get(p.name()), axisSize, sizes, wrong);
            } else if (p.role() == PortRole.REQUIRED && in.list(p.name()).isEmpty()) {
                wrong.add("missing input '" + p.name() + "' [" + p.axes() + "]");
            }
        }
    }

    private static void check(
            Port p, Tensor t, Function<String, OptionalInt> axisSize, Map<String, Integer> sizes, List<String> wrong) {
        if (p.dtype().isFloating() != t.dtype().isFloating()) {
            wrong.add("input '" + p.name() + "' holds " + t.dtype() + ", expected " + p.dtype());
        }
        if (p.role() == PortRole.OPTIONAL) {
            return; // may broadcast
        }
        String[] axes = p.axisNames();
        if (axes.length != t.rank()) {
            wrong.add("input '" + p.name() + "' has shape " + t.shape() + ", expected [" + p.axes() + "]");
            return;
        }
        for (int i = 0; i < axes.length; i++) {
            int given = t.dim(i);
            OptionalInt expected = expected(axes[i], axisSize, sizes);
            if (expected.isPresent() && expected.getAsInt() != given) {
                wrong.add("input '" + p.name() + "' has shape " + t.shape() + ": axis " + axes[i] + " of ["
                        + String.join(" ", Arrays.asList(axes)) + "] must be " + expected.getAsInt() + ", given "
                        + given);
                return;
            }
            if (!FREE.contains(axes[i])) {
                sizes.putIfAbsent(axes[i], given);
            }
        }
    }

    private static OptionalInt expected(
            String axis, Function<String, OptionalInt> axisSize, Map<String, Integer> sizes) {
        if (axis.contains("=")) {
            return OptionalInt.of(Integer.parseInt(axis.substring(axis.indexOf('=') + 1)));
        }
        if (FREE.contains(axis)) {
            return OptionalInt.empty();
        }
        OptionalInt known = axis.equals("B") ? OptionalInt.empty() : axisSize.apply(axis);
        return known.isPresent() || !sizes.containsKey(axis) ? known : OptionalInt.of(sizes.get(axis));
    }

    static void checkCotangents(Signature s, Tensors cotangents, List<String> wrong) {
        List<String> known = s.out().stream().map(Port::name).toList();
        cotangents.names().stream()
                .filter(n -> !known.contains(n))
                .forEach(n -> wrong.add("unknown cotangent '" + n + "': expected " + known));
    }
}
