package org.layerzoo.registry.serving;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;

/** A part of an array: tensors are cut out of bodies without being copied. */
record Slice(byte[] array, int from, int length) {
    Slice {
        Objects.checkFromIndexSize(from, length, array.length);
    }

    static Slice of(byte[] whole) {
        return new Slice(whole, 0, whole.length);
    }

    Slice part(int offset, int bytes) {
        Objects.checkFromIndexSize(offset, bytes, length);
        return new Slice(array, from + offset, bytes);
    }

    /** Little-endian, as tensors travel. */
    ByteBuffer buffer() {
        return ByteBuffer.wrap(array, from, length).slice().order(ByteOrder.LITTLE_ENDIAN);
    }
}
