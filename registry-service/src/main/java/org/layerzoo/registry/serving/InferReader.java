package org.layerzoo.registry.serving;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.layerzoo.registry.web.ProblemCode;
import org.layerzoo.registry.web.ProblemException;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads inference requests. The JSON is walked, not built as a tree: a body of numbers would need many times its size. The
 * place of {@code data} is remembered and read when datatype and shape are known, which may stand behind it.
 */
final class InferReader {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final int MOST_TENSORS = 64;
    private static final int MOST_PARAMETERS = 16 << 10;
    private static final int MOST_TEXT = 1000;

    private final byte[] body;
    private final int header;

    private Optional<String> id = Optional.empty();
    private ObjectNode parameters = JSON.createObjectNode();
    private final List<Tensor> inputs = new ArrayList<>();
    private final List<Tensor> outputs = new ArrayList<>();

    /** A tensor's description as it is written; {@code data} is the place of its array or below zero. */
    private static final class Tensor {
        private String name = "";
        private String datatype = "";
        private List<Long> shape = List.of();
        private boolean shaped;
        private ObjectNode parameters = JSON.createObjectNode();
        private int data = -1;
    }

    private InferReader(byte[] body, int header) {
        this.body = body;
        this.header = header;
    }

    /**
     * Reads a body.
     *
     * @param header bytes of JSON at its begin; what follows are raw tensors
     * @throws ProblemException that says what is wrong
     */
    static InferRequest read(byte[] body, int header) {
        var reader = new InferReader(body, header);
        try {
            reader.requireUtf8();
            reader.document();
        } catch (JacksonException e) {
            throw wrong("expected an inference request as JSON: " + e.getOriginalMessage());
        }
        return reader.request();
    }

    static ProblemException wrong(String detail) {
        return new ProblemException(ProblemCode.TENSORS_INVALID, detail);
    }

    /** Places are counted in bytes, which the parser can do for UTF-8 alone. */
    private void requireUtf8() {
        for (int i = 0; i < Math.min(4, header); i++) {
            expect(body[i] != 0 && (body[i] & 0xFF) < 0xFE, "expected an inference request as JSON in UTF-8");
        }
    }

    private void document() {
        try (JsonParser p = JSON.createParser(body, 0, header)) {
            expect(p.nextToken() == JsonToken.START_OBJECT, "expected a JSON object");
            while (p.nextToken() != JsonToken.END_OBJECT) {
                String field = p.currentName();
                p.nextToken();
                switch (field) {
                    case "id" -> id = Optional.of(text(p, "id"));
                    case "parameters" -> parameters = parameters(p);
                    case "inputs" -> tensors(p, inputs, "inputs");
                    case "outputs" -> tensors(p, outputs, "outputs");
                    default -> p.skipChildren();
                }
            }
            expect(p.nextToken() == null, "expected nothing behind the JSON object");
        }
    }

    private static void expect(boolean holds, String sentence) {
        if (!holds) {
            throw wrong(sentence);
        }
    }

    private static String text(JsonParser p, String what) {
        expect(p.currentToken() == JsonToken.VALUE_STRING, what + ": expected a string");
        String text = p.getString();
        expect(text.length() <= MOST_TEXT, what + ": expected at most " + MOST_TEXT + " characters");
        return text;
    }

    private ObjectNode parameters(JsonParser p) {
        expect(p.currentToken() == JsonToken.START_OBJECT, "parameters: expected an object");
        int from = (int) p.currentTokenLocation().getByteOffset();
        p.skipChildren();
        int to = (int) p.currentTokenLocation().getByteOffset() + 1;
        expect(to - from <= MOST_PARAMETERS, "parameters: expected at most " + MOST_PARAMETERS + " bytes");
        JsonNode tree = JSON.readTree(body, from, to - from);
        return (ObjectNode) tree;
    }

    private void tensors(JsonParser p, List<Tensor> to, String what) {
        expect(p.currentToken() == JsonToken.START_ARRAY, what + ": expected a list");
        to.clear();
        while (p.nextToken() != JsonToken.END_ARRAY) {
            expect(p.currentToken() == JsonToken.START_OBJECT, what + ": expected a list of objects");
            expect(to.size() < MOST_TENSORS, what + ": expected at most " + MOST_TENSORS);
            to.add(tensor(p, what));
        }
    }

    private Tensor tensor(JsonParser p, String what) {
        var tensor = new Tensor();
        while (p.nextToken() != JsonToken.END_OBJECT) {
            String field = p.currentName();
            p.nextToken();
            switch (field) {
                case "name" -> tensor.name = text(p, what + " name");
                case "datatype" -> tensor.datatype = text(p, what + " datatype");
                case "shape" -> {
                    tensor.shape = shape(p);
                    tensor.shaped = true;
                }
                case "parameters" -> tensor.parameters = parameters(p);
                case "data" -> {
                    expect(p.currentToken() == JsonToken.START_ARRAY, "data: expected a list");
                    tensor.data = (int) p.currentTokenLocation().getByteOffset();
                    p.skipChildren();
                }
                default -> p.skipChildren();
            }
        }
        expect(!tensor.name.isEmpty(), what + ": expected a name in each");
        return tensor;
    }

    private static List<Long> shape(JsonParser p) {
        expect(p.currentToken() == JsonToken.START_ARRAY, "shape: expected a list of sizes");
        var shape = new ArrayList<Long>();
        while (p.nextToken() != JsonToken.END_ARRAY) {
            expect(
                    p.currentToken() == JsonToken.VALUE_NUMBER_INT && shape.size() < 16,
                    "shape: expected at most 16 whole numbers");
            long size = p.getLongValue();
            expect(size >= 0 && size <= Integer.MAX_VALUE, "shape: expected sizes from 0 to 2147483647, given " + size);
            shape.add(size);
        }
        return shape;
    }

    private InferRequest request() {
        var read = new ArrayList<TensorData>();
        int at = header;
        for (Tensor tensor : inputs) {
            TensorData data = data(tensor, at);
            expect(
                    read.stream().noneMatch(other -> other.name().equals(data.name())),
                    "input '" + data.name() + "' is given twice");
            at += tensor.parameters.has("binary_data_size") ? data.data().length() : 0;
            read.add(data);
        }
        expect(
                at == body.length,
                "the binary inputs take " + (at - header) + " bytes behind the JSON, given " + (body.length - header));
        boolean binary = flag(parameters, "binary_data_output").orElse(false);
        List<InferRequest.Wanted> wanted = outputs.stream()
                .map(o -> new InferRequest.Wanted(
                        o.name, flag(o.parameters, "binary_data").orElse(binary)))
                .toList();
        return new InferRequest(id, parameters, read, wanted, binary);
    }

    private static Optional<Boolean> flag(ObjectNode parameters, String name) {
        JsonNode value = parameters.path(name);
        expect(value.isMissingNode() || value.isBoolean(), "parameter " + name + ": expected true or false");
        return value.isBoolean() ? Optional.of(value.booleanValue()) : Optional.empty();
    }

    private TensorData data(Tensor t, int at) {
        String what = "input '" + t.name + "'";
        Datatype type = Datatype.named(t.datatype)
                .orElseThrow(() ->
                        wrong(what + ": expected a datatype of " + Datatype.ALL + ", given '" + t.datatype + "'"));
        expect(t.shaped, what + ": expected a shape");
        OptionalLong elements = TensorData.elements(t.shape);
        long bytes = elements.orElse(Long.MAX_VALUE / 8) * type.bytes();
        JsonNode size = t.parameters.path("binary_data_size");
        expect(t.data < 0 || size.isMissingNode(), what + ": expected data or binary_data_size, given both");
        if (!size.isMissingNode()) {
            expect(size.isIntegralNumber(), what + ": binary_data_size must be a whole number");
            expect(
                    size.asLong(-1) == bytes,
                    what + ": shape " + t.shape + " of " + type + " takes " + bytes + " bytes, binary_data_size is "
                            + size);
            expect(bytes <= body.length - at, what + ": the body ends before its " + bytes + " bytes");
            return new TensorData(t.name, type, t.shape, new Slice(body, at, (int) bytes));
        }
        expect(t.data >= 0, what + ": expected data or the parameter binary_data_size");
        expect(type.json(), what + ": " + type + " can be sent as binary data only");
        // each number takes two bytes of JSON or more, so a shape larger than half of the body cannot be meant
        expect(
                elements.isPresent() && elements.getAsLong() <= header / 2,
                what + ": data does not fill shape " + t.shape);
        byte[] packed = JsonNumbers.pack(body, t.data, header, type, (int) elements.getAsLong(), what);
        return new TensorData(t.name, type, t.shape, Slice.of(packed));
    }
}
