package org.layerzoo.core.spi;

import java.util.function.Predicate;
import org.layerzoo.core.Stable;
import org.layerzoo.core.tensor.Tensors;
import tools.jackson.databind.JsonNode;

/**
 * Maps a case of the authors' code (their config keys, parameter names, layouts, fused rows, recorded draws) to a call of
 * ours. Everything between the official tensors and the outputs is ops, so gradients come out under official names.
 */
@Stable(since = "0.1")
public interface GoldenFunction {
    String name();

    /** Whether this function is the one for the case. */
    default boolean accepts(GoldenCase c) {
        return true;
    }

    /** Outputs by official name (without the {@code out.} prefix) from {@code c.in()} and {@code c.params()}. */
    Tensors run(GoldenCase c);

    /** For cases kept as JSON: an array of objects with the keys of the case's outputs, one for each item of its data. */
    default JsonNode runJson(GoldenCase c) {
        throw new UnsupportedOperationException(name() + " maps tensors, not JSON data");
    }

    static GoldenFunction of(
            String name, Predicate<GoldenCase> accepts, java.util.function.Function<GoldenCase, Tensors> run) {
        return new GoldenFunction() {
            @Override
            public String name() {
                return name;
            }

            @Override
            public boolean accepts(GoldenCase c) {
                return accepts.test(c);
            }

            @Override
            public Tensors run(GoldenCase c) {
                return run.apply(c);
            }
        };
    }
}
