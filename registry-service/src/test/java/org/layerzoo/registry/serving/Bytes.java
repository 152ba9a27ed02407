package org.layerzoo.registry.serving;

import java.net.http.HttpRequest;
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
        return Client.send(request);
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
