package org.layerzoo.registry.webhook;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.RepeatedTest;

class SenderTest {
    @RepeatedTest(50)
    void whateverEndsASilentAttemptItIsSaidAsItsTimeout() throws IOException {
        var settings = new WebhookSettings(
                true, Set.of(), 1, Duration.ofSeconds(1), Duration.ofSeconds(1), Duration.ofMillis(20));
        try (var silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
                var sender = new Sender(settings)) {
            var letter = new Sender.Letter(
                    UUID.randomUUID(), "ping", "http://127.0.0.1:" + silent.getLocalPort() + "/", "secret", "{}");
            assertThatThrownBy(() -> sender.send(letter))
                    .isInstanceOf(IOException.class)
                    .hasMessage("no answer within 20 ms");
        }
    }
}
