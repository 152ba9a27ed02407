package org.layerzoo.registry.webhook;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import org.springframework.stereotype.Component;

/**
 * Sends one event. It speaks HTTP/1.1 over a socket of its own, since a client that looks the name up by itself could be led to another
 * address than the one that was checked. Nothing of the answer but its status is read, and redirects are not followed.
 */
@Component
class Sender implements AutoCloseable {
    private static final Pattern STATUS = Pattern.compile("HTTP/1\\.[01] ([1-5][0-9]{2})(?: .*)?");
    private static final int LONGEST_LINE = 1000;

    private final WebhookSettings settings;
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("webhook-clock").factory());

    Sender(WebhookSettings settings) {
        this.settings = settings;
    }

    /** What is sent, under which key. */
    record Letter(UUID delivery, String event, String url, String secret, String body) {}

    /** @return the status of the answer. @throws IOException when there is none, saying why */
    int send(Letter letter) throws IOException {
        Destination to = Destination.parse(letter.url());
        InetAddress address = to.resolve(settings);
        int millis = (int) settings.timeout().toMillis();
        try (var socket = new Socket()) {
            // One that answers a byte now and then must not hold the sender: the whole attempt has one limit.
            var limit = clock.schedule(() -> close(socket), millis, TimeUnit.MILLISECONDS);
            try {
                socket.connect(new InetSocketAddress(address, to.port()), millis);
                socket.setSoTimeout(millis);
                return exchange(to.tls() ? secured(socket, to) : socket, request(to, letter));
            } catch (SocketTimeoutException e) {
                throw late(e);
            } catch (IOException e) {
                // Closing wakes this thread before the task that closes counts as done, so its time is asked and not
                // its state.
                throw limit.getDelay(TimeUnit.NANOSECONDS) <= 0 ? late(e) : e;
            } finally {
                limit.cancel(false);
            }
        }
    }

    private IOException late(IOException e) {
        return new IOException("no answer within " + settings.timeout().toMillis() + " ms", e);
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            // It is given up in any case.
        }
    }

    private static Socket secured(Socket socket, Destination to) throws IOException {
        var factory = (SSLSocketFactory) SSLSocketFactory.getDefault();
        var secured = (SSLSocket) factory.createSocket(socket, to.host(), to.port(), true);
        SSLParameters parameters = secured.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        secured.setSSLParameters(parameters);
        secured.startHandshake();
        return secured;
    }

    private static byte[] request(Destination to, Letter letter) {
        String path = to.uri().getRawPath() == null || to.uri().getRawPath().isEmpty()
                ? "/"
                : to.uri().getRawPath();
        String query = to.uri().getRawQuery() == null ? "" : "?" + to.uri().getRawQuery();
        byte[] body = letter.body().getBytes(StandardCharsets.UTF_8);
        long seconds = Instant.now().getEpochSecond();
        String head = "POST " + path + query + " HTTP/1.1\r\n"
                + "Host: " + to.uri().getRawAuthority() + "\r\n"
                + "User-Agent: layerzoo-registry\r\n"
                + "Content-Type: application/json\r\n"
                + "Content-Length: " + body.length + "\r\n"
                + "Zoo-Event: " + letter.event() + "\r\n"
                + "Zoo-Delivery: " + letter.delivery() + "\r\n"
                + "Zoo-Signature: t=" + seconds + ",v1=" + signature(letter.secret(), seconds, letter.body()) + "\r\n"
                + "Connection: close\r\n\r\n";
        byte[] first = head.getBytes(StandardCharsets.US_ASCII);
        byte[] whole = java.util.Arrays.copyOf(first, first.length + body.length);
        System.arraycopy(body, 0, whole, first.length, body.length);
        return whole;
    }

    static String signature(String secret, long seconds, String body) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
            return HexFormat.of().formatHex(mac.doFinal((seconds + "." + body).getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has HmacSHA256", e);
        }
    }

    private static int exchange(Socket socket, byte[] request) throws IOException {
        socket.getOutputStream().write(request);
        socket.getOutputStream().flush();
        InputStream in = new BufferedInputStream(socket.getInputStream());
        var line = new StringBuilder();
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0 || line.length() > LONGEST_LINE) {
                throw new IOException("the answer is no HTTP");
            }
            line.append((char) c);
        }
        Matcher status = STATUS.matcher(line.toString().strip());
        if (!status.matches()) {
            throw new IOException("the answer is no HTTP");
        }
        return Integer.parseInt(status.group(1));
    }

    @Override
    public void close() {
        clock.shutdownNow();
    }
}
