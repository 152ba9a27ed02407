package org.layerzoo.registry.serving;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.layerzoo.registry.Answer;
import org.layerzoo.registry.Client;

/** Bodies that are no JSON. */
final class Bytes {
    private Bytes() {}

    static Answer post(Client client, String path, byte[] body) {
        HttpRequest request = client.request(path)
                .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                .build();
        try {
            return new Answer(Client.http().send(request, HttpResponse.BodyHandlers.ofByteArray()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    static byte[] of(float... values) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        for (float value : values) {
            bytes.putFloat(value);
        }
        return bytes.array();
    }

    static byte[] join(byte[] a, byte[] b) {
        return ByteBuffer.allocate(a.length + b.length).put(a).put(b).array();
    }
}
