package org.layerzoo.registry.artifact;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.layerzoo.registry.Digests;
import org.springframework.util.unit.DataSize;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;

/** What the answers of servers mean that the one of the other tests does not give. */
class S3AnswersTest {
    private static final byte[] CONTENT = "some bytes".getBytes(StandardCharsets.UTF_8);
    private static final String SECRET = "the secret of this test";

    private HttpServer server;
    private S3Store store;

    interface Answer {
        void to(HttpExchange exchange) throws IOException;
    }

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.start();
        var settings = new ArtifactSettings.S3(
                "bucket",
                "",
                "us-east-1",
                "http://127.0.0.1:" + server.getAddress().getPort(),
                true,
                Duration.ofSeconds(2),
                DataSize.ofMegabytes(5));
        store = S3Store.open(
                settings, StaticCredentialsProvider.create(AwsBasicCredentials.create("the-key-of-this-test", SECRET)));
    }

    @AfterEach
    void stop() {
        store.close();
        server.stop(0);
    }

    private void answers(Answer answer) {
        server.createContext("/", exchange -> {
            try (exchange) {
                exchange.getRequestBody().readAllBytes();
                answer.to(exchange);
            }
        });
    }

    private static void send(HttpExchange exchange, int status, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        boolean head = exchange.getRequestMethod().equals("HEAD");
        exchange.sendResponseHeaders(status, head ? -1 : bytes.length);
        if (!head) {
            exchange.getResponseBody().write(bytes);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "507, XMinioStorageFull, FULL",
        "403, QuotaExceeded, FULL",
        "409, InsufficientStorage, FULL",
        "403, InvalidAccessKeyId, REFUSED",
        "403, AccessDenied, REFUSED",
        "301, PermanentRedirect, REFUSED",
        "400, BadDigest, DAMAGED",
        "503, SlowDown, AWAY",
        "500, InternalError, AWAY",
        "501, NotImplemented, AWAY"
    })
    void whatTheCodeOfAnAnswerMeans(int status, String code, StorageException.Reason reason) {
        answers(exchange -> send(
                exchange,
                status,
                "<Error><Code>" + code + "</Code><Message>you sent " + SECRET + "</Message></Error>"));
        assertThatThrownBy(() -> store.put(CONTENT))
                .isInstanceOfSatisfying(
                        StorageException.class, e -> assertThat(e.reason()).isEqualTo(reason))
                .hasMessageContaining("bucket bucket at http://127.0.0.1")
                .hasMessageContaining(status + " " + code)
                .hasMessageNotContaining(SECRET);
    }

    @Test
    void aServerThatFallsSilentIsAway() {
        answers(exchange -> {
            try {
                Thread.sleep(Duration.ofMinutes(5));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        StoreContract.fails(StorageException.Reason.AWAY, store::probe);
    }

    @Test
    void anAnswerThatBreaksOffIsNeverTakenForTheWhole() {
        answers(exchange -> {
            if (exchange.getRequestMethod().equals("HEAD")) {
                exchange.getResponseHeaders().set("Content-Length", Integer.toString(CONTENT.length));
                exchange.sendResponseHeaders(200, -1);
            } else {
                exchange.sendResponseHeaders(200, CONTENT.length);
                exchange.getResponseBody().write(CONTENT, 0, 4);
            }
        });
        Artifact artifact = store.find(Digests.sha256(CONTENT)).orElseThrow();
        assertThat(artifact.size()).isEqualTo(CONTENT.length);
        assertThatThrownBy(artifact::bytes).isInstanceOf(StorageException.class);
    }
}
