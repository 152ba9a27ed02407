package org.layerzoo.registry.serving;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * A connection to the process of a deployment. Its frames are a head of JSON and a body of tensors, with the lengths of both
 * before them, 32 and 64 bits, big-endian.
 */
final class ChildConnection implements AutoCloseable {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final int CONNECT_MILLIS = 2_000;
    private static final int MOST_HEAD = 1 << 20;
    private static final long MOST_BODY = 256L << 20;

    private final Socket socket;
    private final InputStream in;
    private final OutputStream out;

    /** A message from the process. */
    record Frame(JsonNode head, byte[] body) {
        boolean more() {
            return head.path("more").asBoolean(false);
        }
    }

    private ChildConnection(Socket socket) throws IOException {
        this.socket = socket;
        this.in = new BufferedInputStream(socket.getInputStream(), 1 << 16);
        this.out = new BufferedOutputStream(socket.getOutputStream(), 1 << 16);
    }

    /** Connects and says the deployment's secret. @throws IOException when the process is not there or is another one */
    static ChildConnection open(Endpoint endpoint) throws IOException {
        var socket = new Socket();
        try {
            socket.setTcpNoDelay(true);
            socket.connect(new InetSocketAddress(endpoint.address(), endpoint.port()), CONNECT_MILLIS);
            socket.setSoTimeout(CONNECT_MILLIS);
            var connection = new ChildConnection(socket);
            connection.send(head().put("secret", endpoint.secret()), List.of());
            connection.receive();
            return connection;
        } catch (IOException | RuntimeException e) {
            socket.close();
            throw e;
        }
    }

    static ObjectNode head() {
        return JSON.createObjectNode();
    }

    /** How long an answer may take. */
    void patience(Duration time) throws IOException {
        socket.setSoTimeout((int) Math.min(Integer.MAX_VALUE, Math.max(1, time.toMillis())));
    }

    void send(ObjectNode head, List<Slice> body) throws IOException {
        byte[] json = JSON.writeValueAsBytes(head);
        long length = body.stream().mapToLong(Slice::length).sum();
        if (json.length > MOST_HEAD || length > MOST_BODY) {
            throw new IOException("a message of " + json.length + " + " + length + " bytes is too large");
        }
        out.write(ByteBuffer.allocate(12).putInt(json.length).putLong(length).array());
        out.write(json);
        for (Slice part : body) {
            out.write(part.array(), part.from(), part.length());
        }
        out.flush();
    }

    Frame receive() throws IOException {
        var data = new DataInputStream(in);
        int head = data.readInt();
        long body = data.readLong();
        if (head < 2 || head > MOST_HEAD || body < 0 || body > MOST_BODY) {
            throw new IOException("the process sent no message: lengths " + head + " and " + body);
        }
        byte[] json = data.readNBytes(head);
        byte[] bytes = data.readNBytes((int) body);
        if (bytes.length != body) {
            throw new EOFException("the process hung up inside of a message");
        }
        try {
            return new Frame(JSON.readTree(json), bytes);
        } catch (JacksonException e) {
            throw new IOException("the process sent no message: " + e.getOriginalMessage());
        }
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            // it is gone already
        }
    }
}
