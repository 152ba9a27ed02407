package org.layerzoo.runner.job;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.spi.LayerProvider;
import org.layerzoo.core.spi.Port;
import org.layerzoo.core.spi.Signature;
import org.layerzoo.core.tensor.Tensors;

/**
 * A shape asked for random inputs: the sizes of the main input's axes in their order, or batch, length, width for any layer.
 *
 * @param text as given, for errors
 */
record RandomShape(String text, int batch, int length, OptionalInt dim, OptionalInt heads, Map<String, Integer> axes) {
    /** @throws ZooException BAD_SHAPE when the number of sizes fits neither form */
    static RandomShape of(Signature s, List<Integer> sizes) {
        Port port = s.tokenInput()
                .or(() -> s.in().stream().findFirst())
                .orElseThrow(() -> ZooException.badShape("--shape: this layer has no input to give a shape to"));
        String text = sizes.stream()
                .map(String::valueOf)
                .reduce((a, b) -> a + "," + b)
                .orElse("");
        if (sizes.stream().anyMatch(n -> n < 1)) {
            throw ZooException.badShape("--shape: sizes of 1 or more expected, given " + text);
        }
        String[] names = port.axisNames();
        if (names.length == sizes.size()) {
            return named(text, names, sizes);
        }
        if (sizes.size() == 3) {
            return new RandomShape(
                    text, sizes.get(0), sizes.get(1), OptionalInt.of(sizes.get(2)), OptionalInt.empty(), Map.of());
        }
        throw ZooException.badShape("--shape: " + names.length + " sizes expected for input '" + port.name() + "' ["
                + port.axes() + "], or 3 for batch, length, width; given " + text);
    }

    private static RandomShape named(String text, String[] names, List<Integer> sizes) {
        Map<String, Integer> axes = new HashMap<>();
        for (int i = 0; i < names.length; i++) {
            axes.put(names[i], sizes.get(i));
        }
        int grid = axes.getOrDefault("h", 1) * axes.getOrDefault("w", 1);
        OptionalInt heads = axes.containsKey("H") ? OptionalInt.of(axes.get("H")) : OptionalInt.empty();
        OptionalInt dim = axes.containsKey("D")
                ? OptionalInt.of(axes.get("D"))
                : axes.containsKey("H") && axes.containsKey("d")
                        ? OptionalInt.of(axes.get("H") * axes.get("d"))
                        : OptionalInt.empty();
        return new RandomShape(text, axes.getOrDefault("B", 1), axes.getOrDefault("T", grid), dim, heads, axes);
    }

    /** The configuration for this shape. @throws ZooException BAD_SHAPE when a size cannot be set and is another */
    <C extends Record> C configure(LayerProvider<C> provider, C config) {
        List<String> without = new ArrayList<>();
        C sized = Subjects.sized(config, new Subjects.Sizes(dim, heads), without);
        return provider.atLength(sized, length);
    }

    /** The example's main input must have the sizes that were asked for. */
    void check(Signature s, Tensors example) {
        s.tokenInput().filter(p -> example.has(p.name())).ifPresent(p -> {
            int[] given = example.get(p.name()).shape().dims();
            String[] names = p.axisNames();
            for (int i = 0; i < names.length; i++) {
                int wanted =
                        switch (names[i]) {
                            case "B" -> batch;
                            case "T" -> length;
                            case "D" -> dim.orElse(given[i]);
                            default -> axes.getOrDefault(names[i], given[i]);
                        };
                if (wanted != given[i]) {
                    throw new ZooException(
                            ErrorCode.BAD_SHAPE,
                            "--shape " + text + " cannot be made: axis " + names[i] + " of input '" + p.name() + "' ["
                                    + p.axes() + "] is " + given[i] + " and no option sets it; given "
                                    + Arrays.toString(given));
                }
            }
        });
    }
}
