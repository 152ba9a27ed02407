package org.layerzoo.cli;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.layerzoo.core.tensor.DType;
import picocli.CommandLine.Option;
import tools.jackson.databind.node.ObjectNode;

/** In what precision a layer runs. */
final class TypeOptions {
    private static final List<String> FLOATING = List.of("f32", "bf16", "f16", "f64");

    @Option(
            names = "--dtype",
            paramLabel = "f32|bf16|f16|f64",
            description = "type of parameters and inputs (default: the input file's, else f32)")
    Optional<String> dtype = Optional.empty();

    /** @throws CommandFailure exit 2 when it is no floating type */
    void into(ObjectNode job) {
        dtype.ifPresent(d -> {
            if (!FLOATING.contains(DType.parse(d).name().toLowerCase(Locale.ROOT))) {
                throw CommandFailure.badInput("--dtype must be one of f32, bf16, f16, f64, given '" + d + "'");
            }
            job.put("dtype", d);
        });
    }
}
