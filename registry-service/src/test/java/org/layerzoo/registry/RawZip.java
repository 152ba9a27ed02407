package org.layerzoo.registry;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

/** Writes zip archives that no decent program writes. */
final class RawZip {
    private final List<Part> parts = new ArrayList<>();

    /** An entry, and what the two places that describe it say. */
    record Part(
            byte[] name,
            byte[] localName,
            byte[] data,
            boolean packed,
            long declared,
            int flags,
            int mode,
            byte[] fields,
            byte[] hidden) {
        private static final byte[] NONE = {};

        static Part of(String name, byte[] data) {
            byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
            return new Part(bytes, bytes, data, false, data.length, 0, 0, NONE, NONE);
        }

        Part named(byte[] both) {
            return new Part(both, both, data, packed, declared, flags, mode, fields, hidden);
        }

        Part locally(String name) {
            return new Part(
                    this.name,
                    name.getBytes(StandardCharsets.UTF_8),
                    data,
                    packed,
                    declared,
                    flags,
                    mode,
                    fields,
                    hidden);
        }

        Part deflated() {
            return new Part(name, localName, data, true, declared, flags, mode, fields, hidden);
        }

        Part declaring(long size) {
            return new Part(name, localName, data, packed, size, flags, mode, fields, hidden);
        }

        Part flagged(int bits) {
            return new Part(name, localName, data, packed, declared, bits, mode, fields, hidden);
        }

        /** With further fields in both places. */
        Part further(byte[] more) {
            return new Part(name, localName, data, packed, declared, flags, mode, more, hidden);
        }

        /** With bytes behind it that nothing tells of. */
        Part hiding(byte[] more) {
            return new Part(name, localName, data, packed, declared, flags, mode, fields, more);
        }

        Part ofMode(int unix) {
            return new Part(name, localName, data, packed, declared, flags, unix, fields, hidden);
        }
    }

    RawZip add(String name, byte[] data) {
        return add(Part.of(name, data));
    }

    RawZip add(Part part) {
        parts.add(part);
        return this;
    }

    byte[] bytes() {
        return bytes(0);
    }

    /** With {@code shift} added to where the directory says its last entry lies. */
    byte[] bytes(int shift) {
        var out = new ByteArrayOutputStream();
        var directory = new ByteArrayOutputStream();
        for (Part part : parts) {
            byte[] packed = part.packed() ? deflate(part.data()) : part.data();
            int offset = out.size() + (part == parts.getLast() ? shift : 0);
            ByteBuffer local = buffer(30);
            local.putInt(0x04034b50).putShort((short) 20);
            body(local, part, packed);
            local.putShort((short) part.localName().length).putShort((short) part.fields().length);
            out.writeBytes(local.array());
            out.writeBytes(part.localName());
            out.writeBytes(part.fields());
            out.writeBytes(packed);
            out.writeBytes(part.hidden());
            ByteBuffer central = buffer(46);
            central.putInt(0x02014b50)
                    .putShort((short) (part.mode() == 0 ? 20 : 3 << 8 | 20))
                    .putShort((short) 20);
            body(central, part, packed);
            central.putShort((short) part.name().length)
                    .putShort((short) part.fields().length)
                    .putShort((short) 0);
            central.putShort((short) 0)
                    .putShort((short) 0)
                    .putInt(part.mode() << 16)
                    .putInt(offset);
            directory.writeBytes(central.array());
            directory.writeBytes(part.name());
            directory.writeBytes(part.fields());
        }
        ByteBuffer end = buffer(22);
        end.putInt(0x06054b50).putInt(0);
        end.putShort((short) parts.size()).putShort((short) parts.size());
        end.putInt(directory.size()).putInt(out.size()).putShort((short) 0);
        out.writeBytes(directory.toByteArray());
        out.writeBytes(end.array());
        return out.toByteArray();
    }

    private static void body(ByteBuffer header, Part part, byte[] packed) {
        var crc = new CRC32();
        crc.update(part.data());
        header.putShort((short) part.flags())
                .putShort((short) (part.packed() ? 8 : 0))
                .putInt(0);
        header.putInt((int) crc.getValue()).putInt(packed.length).putInt((int) part.declared());
    }

    private static ByteBuffer buffer(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static byte[] deflate(byte[] data) {
        var deflater = new Deflater(9, true);
        deflater.setInput(data);
        deflater.finish();
        var out = new ByteArrayOutputStream();
        byte[] buffer = new byte[1 << 16];
        while (!deflater.finished()) {
            out.write(buffer, 0, deflater.deflate(buffer));
        }
        deflater.end();
        return out.toByteArray();
    }
}
