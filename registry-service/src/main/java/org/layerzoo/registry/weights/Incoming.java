package org.layerzoo.registry.weights;

import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.Optional;
import java.util.UUID;
import org.layerzoo.registry.DataDirectory;
import org.layerzoo.registry.Digests;
import org.layerzoo.registry.artifact.ArtifactStore;
import org.layerzoo.registry.web.ProblemCode;
import org.layerzoo.registry.web.ProblemException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** Bodies on their way into the store, through a file beside it: memory stays flat however large they are. */
@Component
class Incoming {
    private final DataDirectory data;
    private final ArtifactStore store;
    private final JdbcClient jdbc;

    Incoming(DataDirectory data, ArtifactStore store, JdbcClient jdbc) {
        this.data = data;
        this.store = store;
        this.jdbc = jdbc;
    }

    /** A file outside of the store; closing deletes it where it was not taken in. */
    record Received(Path file, String sha256, long size) implements AutoCloseable {
        @Override
        public void close() throws IOException {
            Files.deleteIfExists(file);
        }
    }

    Received receive(HttpServletRequest request) throws IOException {
        String encoding =
                Optional.ofNullable(request.getHeader("Content-Encoding")).orElse("identity");
        if (!encoding.equalsIgnoreCase("identity")) {
            throw new ProblemException(
                    ProblemCode.MEDIA_TYPE_UNSUPPORTED,
                    "expected the bytes of the file as they are, given Content-Encoding '" + encoding + "'");
        }
        return receive(request.getInputStream());
    }

    Received receive(InputStream... parts) throws IOException {
        Path file = data.resolve("uploads").resolve(UUID.randomUUID() + ".weights");
        MessageDigest digest = Digests.sha256();
        long size = 0;
        try (var out = Files.newOutputStream(file, StandardOpenOption.CREATE_NEW)) {
            byte[] buffer = new byte[1 << 16];
            for (InputStream part : parts) {
                for (int n = part.read(buffer); n >= 0; n = part.read(buffer)) {
                    digest.update(buffer, 0, n);
                    out.write(buffer, 0, n);
                    size += n;
                }
            }
        } catch (IOException | RuntimeException e) {
            Files.deleteIfExists(file);
            throw e;
        }
        return new Received(file, Digests.hex(digest), size);
    }

    /** Moves a file into the store. Nothing refers to it yet: what does says so with {@link #kept}, or it is collected. */
    void store(Received received) throws IOException {
        jdbc.sql("insert into artifact_pending (sha256, since) values (?, now())"
                        + " on conflict (sha256) do update set since = now()")
                .param(received.sha256())
                .update();
        store.adopt(received.file(), received.sha256());
    }

    /** To be called in the transaction that refers to the file. */
    void kept(String sha256) {
        jdbc.sql("delete from artifact_pending where sha256 = ?").param(sha256).update();
    }
}
