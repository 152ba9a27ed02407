package org.layerzoo.registry.serving;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.util.List;
import org.layerzoo.registry.web.ProblemCode;
import org.layerzoo.registry.web.ProblemException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** An answer as the protocol writes it: JSON, and behind it the bytes of the outputs that were asked for so. */
final class InferWriter {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    /** What the server itself reads is not echoed. */
    private static final List<String> OURS = List.of("binary_data_output", "timeout");

    private final Endpoint endpoint;
    private final InferRequest request;
    private final List<TensorData> outputs;

    /** @throws ProblemException when an output that is to come as JSON cannot be written so */
    InferWriter(Endpoint endpoint, InferRequest request, List<TensorData> all) {
        this.endpoint = endpoint;
        this.request = request;
        this.outputs = all.stream().filter(o -> request.wants(o.name())).toList();
        for (TensorData o : outputs) {
            if (!request.wantsBytes(o.name()) && !o.datatype().json()) {
                throw InferReader.wrong("output '" + o.name() + "' is of datatype " + o.datatype()
                        + ", which comes as binary data only: ask with binary_data");
            }
            if (!request.wantsBytes(o.name()) && !JsonNumbers.writable(o)) {
                throw new ProblemException(
                        ProblemCode.OUTPUT_NOT_FINITE,
                        "output '" + o.name() + "' holds NaN or infinity, which JSON cannot say: ask with binary_data");
            }
        }
    }

    /** The tensors that follow the JSON. */
    List<TensorData> binary() {
        return outputs.stream().filter(o -> request.wantsBytes(o.name())).toList();
    }

    byte[] json() {
        var bytes = new ByteArrayOutputStream();
        json(bytes);
        return bytes.toByteArray();
    }

    void json(OutputStream to) {
        try (JsonGenerator out = JSON.createGenerator(to)) {
            out.writeStartObject();
            out.writeStringProperty("model_name", endpoint.name());
            out.writeStringProperty("model_version", endpoint.version());
            request.id().ifPresent(id -> out.writeStringProperty("id", id));
            ObjectNode echo = request.parameters().deepCopy().without(OURS);
            if (!echo.isEmpty()) {
                out.writeName("parameters");
                out.writeTree(echo);
            }
            out.writeArrayPropertyStart("outputs");
            outputs.forEach(o -> output(out, o));
            out.writeEndArray();
            out.writeEndObject();
        }
    }

    private void output(JsonGenerator out, TensorData tensor) {
        out.writeStartObject();
        out.writeStringProperty("name", tensor.name());
        out.writeStringProperty("datatype", tensor.datatype().name());
        out.writeArrayPropertyStart("shape");
        tensor.shape().forEach(out::writeNumber);
        out.writeEndArray();
        if (request.wantsBytes(tensor.name())) {
            out.writeObjectPropertyStart("parameters");
            out.writeNumberProperty("binary_data_size", tensor.data().length());
            out.writeEndObject();
        } else {
            out.writeName("data");
            JsonNumbers.write(out, tensor);
        }
        out.writeEndObject();
    }
}
