package org.layerzoo.registry.reliability;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.layerzoo.figures.Figures;
import org.layerzoo.registry.Client;
import org.layerzoo.registry.TestRegistry;

/** Clients that send half a request and then nothing, or that ask and do not read, keep nobody else waiting. */
class SlowClientTest {
    private static final int CLIENTS = Integer.getInteger("zoo.reliability.slow", 150);

    private final List<Socket> open = new ArrayList<>();

    @AfterEach
    void close() throws IOException {
        for (Socket socket : open) {
            socket.close();
        }
    }

    private void say(String base, String text) throws IOException {
        URI address = URI.create(base);
        Socket socket = new Socket(address.getHost(), address.getPort());
        socket.setReceiveBufferSize(1024);
        open.add(socket);
        socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
        socket.getOutputStream().flush();
    }

    @Test
    void clientsThatStallKeepNobodyElseWaiting() throws IOException {
        Client client = TestRegistry.shared().anonymous();
        String host = "\r\nHost: 127.0.0.1\r\n";
        // Who may not send the body is answered before it has come.
        String user = TestRegistry.shared().withScopes("run").headers().get("Authorization");
        for (int i = 0; i < CLIENTS; i++) {
            switch (i % 3) {
                case 0 -> say(client.base(), "GET /api/v1/plugins HTTP/1.1" + host);
                case 1 ->
                    say(
                            client.base(),
                            "POST /api/v1/benchmarks HTTP/1.1" + host + "Authorization: " + user
                                    + "\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{");
                default -> say(client.base(), ("GET /openapi.yaml HTTP/1.1" + host + "\r\n").repeat(50));
            }
        }
        var figures = Figures.of(SlowClientTest.class, CLIENTS + " clients that stall, 20 that do not");
        client.get("/api/v1/plugins").is(200);
        // Had it waited for them, it would have been answered when the service gave them up.
        assertThat(stalled()).isPositive();
        long longest = 0;
        for (int i = 0; i < 20; i++) {
            long begun = System.nanoTime();
            client.get("/api/v1/plugins").is(200);
            longest = Math.max(longest, System.nanoTime() - begun);
        }
        figures.with("still stalled", stalled())
                .with("longest answer ms", longest / 1e6)
                .done();
    }

    /** How many of those that sent half a request the service still listens to: nothing has come from it, not even its end. */
    private long stalled() throws IOException {
        long stalled = 0;
        for (int i = 0; i < open.size(); i++) {
            Socket socket = open.get(i);
            if (i % 3 == 2) {
                continue; // asked for whole answers
            }
            socket.setSoTimeout(1);
            try {
                socket.getInputStream().read();
            } catch (SocketTimeoutException e) {
                stalled++;
            }
        }
        return stalled;
    }
}
