package org.layerzoo.registry.serving;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * The process of a deployment as the registry sees it: y = 2 x for x of FP32 [B, T, 4]. A first number of 666 makes it fail, of
 * 777 gives NaN, of 888 an answer in a shape that does not fit, a token of 555 ends it; it can be held back, and it counts what it was asked.
 */
final class FakeModel implements AutoCloseable {
    static final String DESCRIPTION = """
            {"inputs": [{"name": "x", "datatype": "FP32", "shape": [-1, -1, 4], "axes": ["B", "T", "D"], "required": true},
                        {"name": "mask", "datatype": "BOOL", "shape": [-1, -1], "axes": ["B", "T"], "required": false}],
             "outputs": [{"name": "y", "datatype": "FP32", "shape": [-1, -1, 4], "axes": ["B", "T", "D"], "required": true}],
             "batches": true, "streams": true}""";

    private static final JsonMapper JSON = JsonMapper.builder().build();

    final List<Integer> rows = Collections.synchronizedList(new ArrayList<>());
    final List<Float> seen = Collections.synchronizedList(new ArrayList<>());
    final AtomicInteger steps = new AtomicInteger();
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private final ServerSocket server;
    private final Semaphore gate = new Semaphore(Integer.MAX_VALUE / 2);
    private volatile boolean held;

    FakeModel() {
        try {
            server = new ServerSocket(0, 64, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread.ofPlatform().daemon().start(this::accept);
    }

    int port() {
        return server.getLocalPort();
    }

    /** Lets no computation begin until {@link #release()}. */
    void hold() {
        held = true;
        gate.drainPermits();
    }

    void release() {
        held = false;
        gate.release(Integer.MAX_VALUE / 2 - gate.availablePermits());
    }

    boolean waits() {
        return gate.hasQueuedThreads();
    }

    private void accept() {
        try {
            while (true) {
                Socket socket = server.accept();
                sockets.add(socket);
                Thread.ofPlatform().daemon().start(() -> converse(socket));
            }
        } catch (IOException e) {
            // closed
        }
    }

    private void converse(Socket socket) {
        try (socket;
                var in = new DataInputStream(socket.getInputStream());
                var out = new DataOutputStream(socket.getOutputStream())) {
            while (true) {
                byte[] head = new byte[in.readInt()];
                byte[] body = new byte[(int) in.readLong()];
                in.readFully(head);
                in.readFully(body);
                answer(JSON.readTree(head), body, out);
            }
        } catch (IOException e) {
            // the caller is gone
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void answer(JsonNode head, byte[] body, DataOutputStream out) throws IOException, InterruptedException {
        switch (head.path("op").asString("hello")) {
            case "hello" -> write(out, JSON.createObjectNode().put("ok", true), new byte[0]);
            case "open" -> write(out, JSON.createObjectNode().put("session", "s-1"), new byte[0]);
            case "close" ->
                write(
                        out,
                        JSON.createObjectNode()
                                .put("closed", head.path("session").asString().equals("s-1")),
                        new byte[0]);
            case "step" -> step(head, body, out);
            default -> infer(head, body, out);
        }
    }

    private void infer(JsonNode head, byte[] body, DataOutputStream out) throws IOException, InterruptedException {
        JsonNode x = head.path("inputs").get(0);
        int count = x.path("shape").get(0).asInt();
        rows.add(count);
        if (held) {
            gate.acquire();
        }
        ByteBuffer in = ByteBuffer.wrap(body).order(ByteOrder.LITTLE_ENDIAN);
        ByteBuffer y = ByteBuffer.allocate(body.length).order(ByteOrder.LITTLE_ENDIAN);
        boolean fails = false;
        while (in.hasRemaining()) {
            float value = in.getFloat();
            seen.add(value);
            fails |= value == 666;
            y.putFloat(value == 777 ? Float.NaN : 2 * value);
        }
        if (fails) {
            error(out, "failed", "the model does not like 666");
        } else if (y.getFloat(0) == 2 * 888) {
            write(out, outputs(JSON.createArrayNode().add(1).add(1000).add(4)), y.array());
        } else {
            write(out, outputs(x.path("shape")), y.array());
        }
    }

    private void step(JsonNode head, byte[] body, DataOutputStream out) throws IOException {
        if (!head.path("session").asString().equals("s-1")) {
            error(out, "session-unknown", "no session '" + head.path("session").asString() + "' is open");
            return;
        }
        int tokens = head.path("inputs").get(0).path("shape").get(1).asInt();
        int answers = head.path("stream").asBoolean() ? tokens : 1;
        int bytes = body.length / answers;
        for (int i = 0; i < answers; i++) {
            steps.incrementAndGet();
            byte[] part = new byte[bytes];
            System.arraycopy(body, i * bytes, part, 0, bytes);
            if (ByteBuffer.wrap(part).order(ByteOrder.LITTLE_ENDIAN).getFloat() == 555) {
                throw new IOException("the process dies");
            }
            ObjectNode about =
                    outputs(JSON.createArrayNode().add(1).add(tokens / answers).add(4));
            write(out, i + 1 < answers ? about.put("more", true) : about, part);
        }
    }

    private static ObjectNode outputs(JsonNode shape) {
        ObjectNode head = JSON.createObjectNode();
        head.putArray("outputs")
                .addObject()
                .put("name", "y")
                .put("datatype", "FP32")
                .set("shape", shape);
        return head;
    }

    private static void error(DataOutputStream out, String code, String detail) throws IOException {
        ObjectNode head = JSON.createObjectNode();
        head.putObject("error").put("code", code).put("detail", detail);
        write(out, head, new byte[0]);
    }

    private static void write(DataOutputStream out, ObjectNode head, byte[] body) throws IOException {
        byte[] json = JSON.writeValueAsBytes(head);
        out.writeInt(json.length);
        out.writeLong(body.length);
        out.write(json);
        out.write(body);
        out.flush();
    }

    @Override
    public void close() {
        try {
            server.close();
            for (Socket socket : sockets) {
                socket.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
