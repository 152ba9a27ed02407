package org.layerzoo.registry.serving;

import java.util.ArrayList;
import java.util.List;
import org.layerzoo.registry.web.ProblemCode;
import org.layerzoo.registry.web.ProblemException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** What a process is asked and what it answers, as tensors. */
final class ModelAnswer {
    private ModelAnswer() {}

    /** The head of a question about tensors. */
    static ObjectNode question(String operation, List<TensorData> inputs) {
        ObjectNode head = ChildConnection.head().put("op", operation);
        ArrayNode list = head.putArray("inputs");
        for (TensorData t : inputs) {
            ObjectNode input = list.addObject()
                    .put("name", t.name())
                    .put("datatype", t.datatype().name());
            ArrayNode shape = input.putArray("shape");
            t.shape().forEach(shape::add);
        }
        return head;
    }

    /** The outputs. @throws ProblemException when the process has answered with an error */
    static List<TensorData> outputs(ChildConnection.Frame frame) {
        check(frame);
        var outputs = new ArrayList<TensorData>();
        int at = 0;
        for (JsonNode o : frame.head().path("outputs")) {
            Datatype type = Datatype.named(o.path("datatype").asString("")).orElseThrow(ModelAnswer::malformed);
            List<Long> shape =
                    o.path("shape").valueStream().map(size -> size.asLong(-1)).toList();
            long size = TensorData.elements(shape).orElseThrow(ModelAnswer::malformed) * type.bytes();
            if (shape.stream().anyMatch(extent -> extent < 0) || size > frame.body().length - at) {
                throw malformed();
            }
            int bytes = (int) size;
            outputs.add(new TensorData(o.path("name").asString(""), type, shape, new Slice(frame.body(), at, bytes)));
            at += bytes;
        }
        return outputs;
    }

    /** A plugin shares its process with the code that answers, so what comes is looked at. */
    private static ProblemException malformed() {
        return new ProblemException(
                ProblemCode.INFERENCE_FAILED, "the model's process answered with outputs that do not fit their shapes");
    }

    static void check(ChildConnection.Frame frame) {
        JsonNode error = frame.head().path("error");
        if (!error.isMissingNode()) {
            throw new ProblemException(
                    code(error.path("code").asString("")), error.path("detail").asString("no reason given"));
        }
    }

    private static ProblemCode code(String code) {
        return switch (code) {
            case "bad-input" -> ProblemCode.TENSORS_INVALID;
            case "session-unknown" -> ProblemCode.SESSION_UNKNOWN;
            case "session-limit" -> ProblemCode.OVERLOADED;
            default -> ProblemCode.INFERENCE_FAILED;
        };
    }
}
