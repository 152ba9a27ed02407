package org.layerzoo.runner.serve;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;

/** Accepts connections for one deployment, each on a thread of its own, and answers their frames in order. */
public final class ServeServer implements AutoCloseable {
    private static final int CONNECTIONS = 256;
    private static final int HELLO_MILLIS = 5_000;

    private final ServerSocket server;
    private final byte[] secret;
    private final ServedModel model;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private final Semaphore room = new Semaphore(CONNECTIONS);

    /** Listens on a free port of the address. */
    public ServeServer(InetAddress address, String secret, ServedModel model) throws IOException {
        this.secret = secret.getBytes(StandardCharsets.UTF_8);
        this.model = model;
        this.server = new ServerSocket();
        server.bind(new InetSocketAddress(address, 0), 64);
    }

    /** The port that it listens on. */
    public int port() {
        return server.getLocalPort();
    }

    /** Serves until {@link #close()}. */
    public void run() throws IOException {
        while (!server.isClosed()) {
            Socket socket;
            try {
                socket = server.accept();
            } catch (IOException e) {
                if (server.isClosed()) {
                    return;
                }
                throw e;
            }
            if (room.tryAcquire()) {
                sockets.add(socket);
                Thread.ofPlatform().daemon().name("serve-connection").start(() -> converse(socket));
            } else {
                socket.close();
            }
        }
    }

    private void converse(Socket socket) {
        try (socket) {
            socket.setTcpNoDelay(true);
            InputStream in = new BufferedInputStream(socket.getInputStream(), 1 << 16);
            OutputStream out = new BufferedOutputStream(socket.getOutputStream(), 1 << 16);
            if (!greeted(socket, in, out)) {
                return;
            }
            for (Optional<Wire.Frame> request = Wire.read(in); request.isPresent(); request = Wire.read(in)) {
                answer(request.get(), out);
            }
        } catch (IOException | UncheckedIOException _) {
            // the caller is gone, or it is none of ours
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } finally {
            sockets.remove(socket);
            room.release();
        }
    }

    private boolean greeted(Socket socket, InputStream in, OutputStream out) throws IOException {
        Optional<Wire.Frame> hello = hello(socket, in);
        byte[] given =
                hello.map(f -> f.head().path("secret").asString("")).orElse("").getBytes(StandardCharsets.UTF_8);
        if (!MessageDigest.isEqual(secret, given)) {
            return false;
        }
        Wire.write(out, Wire.head().put("ok", true), List.of());
        return true;
    }

    /** A stranger gets neither memory nor time: one that sends a byte now and then is as late as one that sends none. */
    private static Optional<Wire.Frame> hello(Socket socket, InputStream in) throws IOException {
        Thread limit = Thread.ofVirtual().start(() -> closeLater(socket));
        try {
            return Wire.greeting(in);
        } finally {
            limit.interrupt();
        }
    }

    private static void closeLater(Socket socket) {
        try {
            Thread.sleep(HELLO_MILLIS);
            socket.close();
        } catch (InterruptedException | IOException _) {
            // it has said hello, or is gone
        }
    }

    private void answer(Wire.Frame request, OutputStream out) throws IOException, InterruptedException {
        try {
            model.answer(request, frame -> {
                try {
                    Wire.write(out, frame.head(), List.of(frame.body()));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        } catch (ServeException e) {
            Wire.write(out, error(e.code(), e.getMessage()), List.of());
        } catch (UncheckedIOException e) {
            throw e;
        } catch (RuntimeException e) {
            e.printStackTrace();
            String what = e.getClass().getSimpleName() + (e.getMessage() == null ? "" : ": " + e.getMessage());
            Wire.write(out, error("failed", "the model threw " + what.replaceAll("\\s*\\R\\s*", " / ")), List.of());
        }
    }

    private static tools.jackson.databind.node.ObjectNode error(String code, String detail) {
        var head = Wire.head();
        head.putObject("error").put("code", code).put("detail", detail);
        return head;
    }

    @Override
    public void close() {
        try {
            server.close();
        } catch (IOException _) {
            // it is closed
        }
        sockets.forEach(socket -> {
            try {
                socket.close();
            } catch (IOException _) {
                // its thread sees the end
            }
        });
    }
}
