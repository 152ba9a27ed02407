package org.layerzoo.runner.serve;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Frames between a registry and a serving child: the lengths of head (32 bits) and body (64 bits), both big-endian, then
 * the head, a JSON object in UTF-8, then the body: tensors one behind the other, row-major and little-endian.
 */
public final class Wire {
    /** Larger heads are a fault: tensors travel in the body. */
    public static final int MAX_HEAD = 1 << 20;
    /** What one request may carry. */
    public static final long MAX_BODY = 256L << 20;

    private static final int MAX_GREETING = 4096;

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private Wire() {}

    /** One message. */
    public record Frame(ObjectNode head, byte[] body) {
        /** A message without tensors. */
        public static Frame of(ObjectNode head) {
            return new Frame(head, new byte[0]);
        }
    }

    /** An empty head. */
    public static ObjectNode head() {
        return JSON.createObjectNode();
    }

    /**
     * The next frame, or empty at the end of the stream.
     *
     * @throws IOException when the bytes are no frame or the stream ends inside one
     */
    public static Optional<Frame> read(InputStream stream) throws IOException {
        return read(stream, MAX_HEAD, MAX_BODY);
    }

    /** As {@link #read(InputStream)}, of one that has not said who it is: what is longer than a greeting is not read. */
    static Optional<Frame> greeting(InputStream stream) throws IOException {
        return read(stream, MAX_GREETING, 0);
    }

    private static Optional<Frame> read(InputStream stream, int mostHead, long mostBody) throws IOException {
        DataInputStream in = new DataInputStream(stream);
        int headLength;
        try {
            headLength = in.readInt();
        } catch (EOFException _) {
            return Optional.empty();
        }
        long bodyLength = in.readLong();
        if (headLength < 2 || headLength > mostHead || bodyLength < 0 || bodyLength > mostBody) {
            throw new IOException("no frame: a head of " + headLength + " and a body of " + bodyLength + " bytes");
        }
        JsonNode head = parse(in.readNBytes(headLength));
        byte[] body = in.readNBytes((int) bodyLength);
        if (body.length != bodyLength) {
            throw new EOFException("the stream ended inside a frame");
        }
        if (head instanceof ObjectNode object) {
            return Optional.of(new Frame(object, body));
        }
        throw new IOException("no frame: its head is no JSON object");
    }

    private static JsonNode parse(byte[] head) throws IOException {
        try {
            return JSON.readTree(head);
        } catch (JacksonException e) {
            throw new IOException("no frame: its head is no JSON: " + e.getOriginalMessage());
        }
    }

    /** Writes one frame whose body is made of the parts. */
    public static void write(OutputStream out, ObjectNode head, List<byte[]> body) throws IOException {
        byte[] json = JSON.writeValueAsBytes(head);
        long length = body.stream().mapToLong(part -> part.length).sum();
        if (json.length > MAX_HEAD || length > MAX_BODY) {
            throw new IOException("a frame of " + json.length + " + " + length + " bytes is too large");
        }
        out.write(ByteBuffer.allocate(12).putInt(json.length).putLong(length).array());
        out.write(json);
        for (byte[] part : body) {
            out.write(part);
        }
        out.flush();
    }
}
