package org.layerzoo.core.io;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeMap;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.config.Configs;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.core.tensor.Tensors;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The safetensors format: mapped when read, written atomically, with string metadata. U8 and I8 are read as I32, I16 likewise. */
public final class Safetensors {
    private static final long MAX_HEADER = 100L << 20;

    private Safetensors() {}

    /** Tensors (views of the mapped file where the dtype is ours) and metadata. */
    public record Content(Tensors tensors, Map<String, String> metadata) {}

    /**
     * Maps a file.
     *
     * @throws ZooException BAD_FILE naming what is broken; UNREADABLE if it cannot be opened
     */
    public static Content read(Path file) {
        if (Files.isDirectory(file)) {
            throw new ZooException(ErrorCode.BAD_FILE, file + " is a directory, a safetensors file was expected");
        }
        try (FileChannel ch = FileChannel.open(file, StandardOpenOption.READ)) {
            MemorySegment all = ch.map(FileChannel.MapMode.READ_ONLY, 0, ch.size(), Arena.ofAuto());
            return parse(file.toString(), all);
        } catch (java.nio.file.NoSuchFileException e) {
            throw new ZooException(ErrorCode.BAD_FILE, "no file " + file, e);
        } catch (IOException e) {
            throw new ZooException(ErrorCode.UNREADABLE, "cannot read " + file + ": " + e.getMessage(), e);
        }
    }

    /** Parses bytes that {@code name} describes in errors. */
    public static Content parse(String name, MemorySegment all) {
        if (all.byteSize() < 8) {
            throw bad(name, "it has " + all.byteSize() + " bytes and lacks the 8-byte header length");
        }
        long n = all.get(ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN), 0);
        if (n < 2 || n > MAX_HEADER || 8 + n > all.byteSize()) {
            throw bad(name, "header length " + n + " does not fit a file of " + all.byteSize() + " bytes");
        }
        JsonNode header =
                header(name, new String(all.asSlice(8, n).toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8));
        MemorySegment data = all.asSlice(8 + n);
        SequencedMap<String, Tensor> tensors = new LinkedHashMap<>();
        Map<String, String> metadata = new LinkedHashMap<>();
        for (var e : header.properties()) {
            if (e.getKey().equals("__metadata__")) {
                e.getValue()
                        .properties()
                        .forEach(m -> metadata.put(m.getKey(), m.getValue().asString()));
            } else {
                tensors.put(e.getKey(), tensor(name, e.getKey(), e.getValue(), data));
            }
        }
        return new Content(Tensors.of(tensors), metadata);
    }

    private static JsonNode header(String name, String json) {
        try {
            JsonNode h = Configs.mapper().readTree(json);
            if (!h.isObject()) {
                throw bad(name, "its header is no JSON object");
            }
            return h;
        } catch (JacksonException e) {
            throw bad(name, "its header is no JSON (" + e.getOriginalMessage() + ")");
        }
    }

    private static Tensor tensor(String file, String name, JsonNode h, MemorySegment data) {
        JsonNode range = h.path("data_offsets");
        if (!h.path("dtype").isString() || !h.path("shape").isArray() || range.size() != 2) {
            throw bad(file, "tensor '" + name + "' lacks dtype, shape or data_offsets");
        }
        int[] dims = new int[h.get("shape").size()];
        for (int i = 0; i < dims.length; i++) {
            dims[i] = h.get("shape").get(i).asInt(-1);
            if (dims[i] < 0) {
                throw bad(file, "tensor '" + name + "' has a bad shape " + h.get("shape"));
            }
        }
        long from = range.get(0).asLong(-1);
        long to = range.get(1).asLong(-1);
        if (from < 0 || to < from || to > data.byteSize()) {
            throw bad(
                    file,
                    "tensor '" + name + "' lies at bytes " + from + " to " + to + ", but the data has "
                            + data.byteSize() + " bytes (truncated?)");
        }
        return decode(file, name, h.get("dtype").stringValue(), Shape.of(dims), data.asSlice(from, to - from));
    }

    private static Tensor decode(String file, String name, String dtype, Shape shape, MemorySegment bytes) {
        int width =
                switch (dtype) {
                    case "U8", "I8" -> 1;
                    case "I16" -> 2;
                    default -> 0;
                };
        if (width > 0) {
            check(file, name, shape.size() * width, bytes.byteSize());
            int[] v = new int[Math.toIntExact(shape.size())];
            for (int i = 0; i < v.length; i++) {
                v[i] = width == 2
                        ? bytes.get(ValueLayout.JAVA_SHORT_UNALIGNED, i * 2L)
                        : dtype.equals("U8")
                                ? bytes.get(ValueLayout.JAVA_BYTE, i) & 0xFF
                                : bytes.get(ValueLayout.JAVA_BYTE, i);
            }
            return Tensor.of(v, shape.dims());
        }
        for (DType d : DType.values()) {
            if (d.safetensorsName().equals(dtype)) {
                check(file, name, shape.size() * d.bytes(), bytes.byteSize());
                return Tensor.wrap(new TensorSpec(d, shape), bytes);
            }
        }
        throw bad(
                file,
                "tensor '" + name + "' has dtype " + dtype
                        + ", which is none of F32 F64 BF16 F16 I64 I32 I16 I8 U8 BOOL");
    }

    private static void check(String file, String name, long expected, long given) {
        if (expected != given) {
            throw bad(file, "tensor '" + name + "' needs " + expected + " bytes and has " + given);
        }
    }

    /** Writes beside the target and moves into place, so that a full disk or a crash leaves no half file. */
    public static void write(Path file, Tensors tensors, Map<String, String> metadata) {
        byte[] json = Configs.mapper().writeValueAsBytes(header(tensors, metadata));
        int padded = (json.length + 7) / 8 * 8;
        Path absolute = file.toAbsolutePath();
        Path temporary = absolute.resolveSibling("." + absolute.getFileName() + ".part");
        try {
            try (FileChannel ch = FileChannel.open(
                    temporary,
                    StandardOpenOption.CREATE,
                    StandardOpenOption.TRUNCATE_EXISTING,
                    StandardOpenOption.WRITE)) {
                ByteBuffer head = ByteBuffer.allocate(8 + padded).order(ByteOrder.LITTLE_ENDIAN);
                head.putLong(padded).put(json);
                while (head.position() < head.capacity()) {
                    head.put((byte) ' ');
                }
                writeFully(ch, head.flip());
                for (Tensor t : tensors.tensors()) {
                    writeSegment(ch, t.segment());
                }
                ch.force(false);
            }
            move(temporary, absolute);
        } catch (IOException e) {
            deleteQuietly(temporary);
            throw new ZooException(ErrorCode.UNREADABLE, "cannot write " + file + ": " + reason(e), e);
        }
    }

    private static ObjectNode header(Tensors tensors, Map<String, String> metadata) {
        ObjectNode header = Configs.mapper().createObjectNode();
        if (!metadata.isEmpty()) {
            ObjectNode m = header.putObject("__metadata__");
            // in one order, so that equal contents are equal files
            new TreeMap<>(metadata).forEach(m::put);
        }
        long at = 0;
        for (var e : tensors.asMap().entrySet()) {
            Tensor t = e.getValue();
            ObjectNode h = header.putObject(e.getKey());
            h.put("dtype", t.dtype().safetensorsName());
            ArrayNode shape = h.putArray("shape");
            for (int d : t.shape().dims()) {
                shape.add(d);
            }
            h.putArray("data_offsets").add(at).add(at + t.spec().bytes());
            at += t.spec().bytes();
        }
        return header;
    }

    private static void writeSegment(FileChannel ch, MemorySegment s) throws IOException {
        long step = 1L << 30;
        for (long at = 0; at < s.byteSize(); at += step) {
            writeFully(ch, s.asSlice(at, Math.min(step, s.byteSize() - at)).asByteBuffer());
        }
    }

    private static void writeFully(FileChannel ch, ByteBuffer b) throws IOException {
        while (b.hasRemaining()) {
            ch.write(b);
        }
    }

    private static void move(Path from, Path to) throws IOException {
        try {
            Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (AtomicMoveNotSupportedException e) {
            Files.move(from, to, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    private static void deleteQuietly(Path p) {
        try {
            Files.deleteIfExists(p);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot remove " + p, e);
        }
    }

    private static String reason(IOException e) {
        return e instanceof java.nio.file.NoSuchFileException ? "its folder does not exist" : e.getMessage();
    }

    private static ZooException bad(String name, String why) {
        return new ZooException(ErrorCode.BAD_FILE, name + " is no valid safetensors file: " + why);
    }
}
