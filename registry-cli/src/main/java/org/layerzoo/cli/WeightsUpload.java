package org.layerzoo.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import org.layerzoo.core.config.Configs;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Sends weights in parts, and goes on where the registry says it is when it was interrupted, now or in an earlier run. */
final class WeightsUpload {
    private static final String UPLOADS = "/api/v1/weights/uploads";
    private static final int PART = 8 << 20;
    private static final int TRIES = 6;
    private static final Duration PAUSE = Duration.ofSeconds(1);

    private final RemoteRegistry registry;
    private final PrintWriter err;

    WeightsUpload(RemoteRegistry registry, PrintWriter err) {
        this.registry = registry;
        this.err = err;
    }

    /** The stored weights; a file that the registry has is not sent again. */
    JsonNode send(Path file, ObjectNode lineage) throws IOException, InterruptedException {
        ObjectNode wanted = Configs.mapper().createObjectNode();
        wanted.put("sha256", SigningKey.digest(file)).put("size", Files.size(file));
        wanted.set("lineage", lineage);
        long reached = -1;
        for (int failures = 0; ; failures++) {
            try {
                JsonNode begun = registry.post(UPLOADS, wanted);
                if (begun.has("weights")) {
                    return begun.path("weights");
                }
                long received = begun.at("/upload/received").asLong();
                failures = received > reached ? 0 : failures;
                reached = received;
                return send(file, begun.path("upload"));
            } catch (RemoteRegistry.Unreachable e) {
                if (failures == TRIES) {
                    throw e;
                }
                err.println("zoo: " + e.getMessage() + "; going on in a moment");
                Thread.sleep(PAUSE.multipliedBy(1L << failures));
            }
        }
    }

    private JsonNode send(Path file, JsonNode upload) throws IOException {
        String path = UPLOADS + "/" + upload.path("id").asString();
        long size = upload.path("size").asLong();
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            for (long offset = upload.path("received").asLong(); offset < size; ) {
                ByteBuffer part = ByteBuffer.allocate((int) Math.min(PART, size - offset));
                while (part.hasRemaining() && channel.read(part, offset + part.position()) >= 0) {
                    // until the part is full
                }
                if (part.hasRemaining()) {
                    throw CommandFailure.badInput(file + " became shorter while it was sent");
                }
                offset = registry.patch(path, offset, part.array())
                        .path("received")
                        .asLong();
                if (size > PART) {
                    err.printf("zoo: %d of %d MiB%n", offset >> 20, size >> 20);
                }
            }
        }
        return registry.post(path + "/complete", Configs.mapper().createObjectNode());
    }
}
