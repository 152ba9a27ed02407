package org.layerzoo.registry.serving;

import java.util.List;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/**
 * An inference request as the protocol writes it.
 *
 * @param id the caller's name for it
 * @param parameters what the protocol and its extensions put there, echoed where it says nothing to the server
 * @param outputs the outputs that are wanted; all when empty
 * @param binary whether outputs without a parameter of their own come as bytes
 */
record InferRequest(
        Optional<String> id, ObjectNode parameters, List<TensorData> inputs, List<Wanted> outputs, boolean binary) {
    /** One output that is asked for. */
    record Wanted(String name, boolean binary) {}

    InferRequest {
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
    }

    boolean wantsBytes(String output) {
        return outputs.stream()
                .filter(o -> o.name().equals(output))
                .map(Wanted::binary)
                .findFirst()
                .orElse(binary);
    }

    boolean wants(String output) {
        return outputs.isEmpty() || outputs.stream().anyMatch(o -> o.name().equals(output));
    }
}
