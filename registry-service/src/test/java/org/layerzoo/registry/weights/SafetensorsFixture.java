package org.layerzoo.registry.weights;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Random;

/** Safetensors files, good and bad, written byte by byte. */
public final class SafetensorsFixture {
    private SafetensorsFixture() {}

    /** A header and what follows it. */
    static byte[] raw(String header, int data) {
        return raw(header.getBytes(StandardCharsets.UTF_8).length, header, new byte[data]);
    }

    static byte[] raw(long headerLength, String header, byte[] data) {
        var bytes = new ByteArrayOutputStream();
        bytes.writeBytes(ByteBuffer.allocate(8)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(headerLength)
                .array());
        bytes.writeBytes(header.getBytes(StandardCharsets.UTF_8));
        bytes.writeBytes(data);
        return bytes.toByteArray();
    }

    /** One F32 tensor {@code w} of seeded bytes: another seed is another file. */
    public static byte[] good(int elements, long seed) {
        byte[] data = new byte[4 * elements];
        new Random(seed).nextBytes(data);
        String header = "{\"__metadata__\":{\"id\":\"weighted\"},\"w\":{\"dtype\":\"F32\",\"shape\":[" + elements
                + "],\"data_offsets\":[0," + 4 * elements + "]}}";
        return raw(header.length(), header, data);
    }
}
