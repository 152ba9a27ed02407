package org.layerzoo.registry.reliability;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
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
        for (int i = 0; i < CLIENTS; i++) {
            switch (i % 3) {
                case 0 -> say(client.base(), "GET /api/v1/plugins HTTP/1.1" + host);
                case 1 ->
                    say(
                            client.base(),
                            "POST /api/v1/benchmarks HTTP/1.1" + host
                                    + "Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{");
                default -> say(client.base(), ("GET /openapi.yaml HTTP/1.1" + host + "\r\n").repeat(50));
            }
        }
        Instant begun = Instant.now();
        for (int i = 0; i < 20; i++) {
            client.get("/api/v1/plugins").is(200);
        }
        assertThat(Duration.between(begun, Instant.now())).isLessThan(Duration.ofSeconds(20));
    }
}
