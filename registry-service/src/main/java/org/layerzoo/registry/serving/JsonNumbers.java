package org.layerzoo.registry.serving;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.json.JsonMapper;

/** Tensors as lists of JSON, flat or nested, and back. */
final class JsonNumbers {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private JsonNumbers() {}

    /** Packs the list that begins at {@code from}. */
    static byte[] pack(byte[] body, int from, int to, Datatype type, int elements, String what) {
        ByteBuffer out =
                ByteBuffer.allocate(Math.multiplyExact(elements, type.bytes())).order(ByteOrder.LITTLE_ENDIAN);
        try (JsonParser p = JSON.createParser(body, from, to - from)) {
            int depth = 0;
            do {
                JsonToken token = p.nextToken();
                if (token == JsonToken.START_ARRAY) {
                    depth++;
                } else if (token == JsonToken.END_ARRAY) {
                    depth--;
                } else {
                    if (!out.hasRemaining()) {
                        throw InferReader.wrong(what + ": expected " + elements + " numbers, given more");
                    }
                    put(p, token, type, out, what);
                }
            } while (depth > 0);
        }
        if (out.hasRemaining()) {
            throw InferReader.wrong(
                    what + ": expected " + elements + " numbers, given " + out.position() / type.bytes());
        }
        return out.array();
    }

    private static void put(JsonParser p, JsonToken token, Datatype type, ByteBuffer out, String what) {
        boolean fits =
                switch (type) {
                    case BOOL -> token == JsonToken.VALUE_TRUE || token == JsonToken.VALUE_FALSE;
                    case FP32, FP64 -> token == JsonToken.VALUE_NUMBER_FLOAT || token == JsonToken.VALUE_NUMBER_INT;
                    default -> token == JsonToken.VALUE_NUMBER_INT;
                };
        if (!fits) {
            throw InferReader.wrong(what + ": " + p.getString() + " is no " + type);
        }
        switch (type) {
            case BOOL -> out.put((byte) (token == JsonToken.VALUE_TRUE ? 1 : 0));
            case FP32 -> out.putFloat((float) finite(p.getDoubleValue(), Float.MAX_VALUE, p, type, what));
            case FP64 -> out.putDouble(finite(p.getDoubleValue(), Double.MAX_VALUE, p, type, what));
            case UINT8 -> out.put((byte) within(p, 0, 255, type, what));
            case INT32 -> out.putInt((int) within(p, Integer.MIN_VALUE, Integer.MAX_VALUE, type, what));
            default -> out.putLong(p.getLongValue());
        }
    }

    private static double finite(double value, double most, JsonParser p, Datatype type, String what) {
        if (!(Math.abs(value) <= most)) {
            throw InferReader.wrong(what + ": " + p.getString() + " does not fit " + type);
        }
        return value;
    }

    private static long within(JsonParser p, long least, long most, Datatype type, String what) {
        long value = p.getLongValue();
        if (value < least || value > most) {
            throw InferReader.wrong(what + ": " + value + " does not fit " + type);
        }
        return value;
    }

    /** Whether every number can be written as JSON, which knows no NaN and no infinity. */
    static boolean writable(TensorData tensor) {
        ByteBuffer in = tensor.data().buffer();
        return switch (tensor.datatype()) {
            case FP32 -> {
                while (in.hasRemaining()) {
                    if (!Float.isFinite(in.getFloat())) {
                        yield false;
                    }
                }
                yield true;
            }
            case FP64 -> {
                while (in.hasRemaining()) {
                    if (!Double.isFinite(in.getDouble())) {
                        yield false;
                    }
                }
                yield true;
            }
            case FP16, BF16 -> false;
            default -> true;
        };
    }

    /** Writes the tensor's numbers as one flat list. */
    static void write(JsonGenerator out, TensorData tensor) {
        ByteBuffer in = tensor.data().buffer();
        out.writeStartArray();
        while (in.hasRemaining()) {
            switch (tensor.datatype()) {
                case BOOL -> out.writeBoolean(in.get() != 0);
                case UINT8 -> out.writeNumber(in.get() & 0xFF);
                case INT32 -> out.writeNumber(in.getInt());
                case INT64 -> out.writeNumber(in.getLong());
                case FP32 -> out.writeNumber(in.getFloat());
                case FP64 -> out.writeNumber(in.getDouble());
                case FP16, BF16 -> throw new IllegalStateException("16-bit floats are sent as bytes");
            }
        }
        out.writeEndArray();
    }
}
