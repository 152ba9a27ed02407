package org.layerzoo.registry.weights;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.layerzoo.registry.web.ProblemCode;
import org.layerzoo.registry.web.ProblemException;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Looks at a safetensors file before anything believes it. Of the file only the header is read, and the header must account for every
 * byte: tensors lie one after the other, without a gap, an overlap or a rest, and each is as long as its type and shape say.
 */
public final class SafetensorsCheck {
    /** Bytes of a header; the largest models have a few hundred kilobytes. */
    static final long MAX_HEADER = 16L << 20;

    /** Characters of the metadata, which lists of weights show. */
    static final int MAX_METADATA = 1 << 20;

    private static final int MAX_NAME = 1000;
    private static final int MAX_RANK = 16;
    private static final int TOLD = 10;
    private static final String METADATA = "__metadata__";
    private static final Map<String, Integer> BITS = Map.ofEntries(
            Map.entry("BOOL", 8),
            Map.entry("U8", 8),
            Map.entry("I8", 8),
            Map.entry("F8_E5M2", 8),
            Map.entry("F8_E4M3", 8),
            Map.entry("I16", 16),
            Map.entry("U16", 16),
            Map.entry("F16", 16),
            Map.entry("BF16", 16),
            Map.entry("I32", 32),
            Map.entry("U32", 32),
            Map.entry("F32", 32),
            Map.entry("I64", 64),
            Map.entry("U64", 64),
            Map.entry("F64", 64));
    private static final JsonMapper JSON = JsonMapper.builder(JsonFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(8)
                            .maxStringLength(MAX_METADATA)
                            .maxNameLength(MAX_NAME)
                            .build())
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private SafetensorsCheck() {}

    /**
     * What a good file is.
     *
     * @param parameters elements of all tensors together
     */
    public record Facts(long size, int tensors, long parameters, Map<String, String> metadata) {}

    private record Range(String name, long from, long to) {}

    /** @throws ProblemException WEIGHTS_INVALID with everything that is wrong, the first ten faults at most */
    static Facts check(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return check(Files.size(file), in);
        }
    }

    /** As {@link #check(Path)}, of a file of this size, whose header is read. */
    static Facts check(long size, InputStream in) throws IOException {
        long length = size < 8
                ? -1
                : ByteBuffer.wrap(read(in, 8)).order(ByteOrder.LITTLE_ENDIAN).getLong();
        if (length < 2 || length > size - 8) {
            throw invalid("its header length " + (size < 8 ? "is missing" : Long.toUnsignedString(length))
                    + ", and the file has " + size + " bytes");
        }
        if (length > MAX_HEADER) {
            throw invalid("expected a header of at most " + MAX_HEADER + " bytes, given " + length);
        }
        return new Walk(size, size - 8 - length).facts(header(read(in, (int) length)));
    }

    private static byte[] read(InputStream in, int length) throws IOException {
        byte[] bytes = in.readNBytes(length);
        if (bytes.length < length) {
            throw new IOException("the file became shorter while it was read");
        }
        return bytes;
    }

    private static JsonNode header(byte[] bytes) {
        if (bytes[0] != '{') {
            throw invalid("its header does not begin with '{'");
        }
        try {
            return JSON.readTree(bytes);
        } catch (JacksonException e) {
            throw invalid("its header is no JSON object that can be read: " + e.getOriginalMessage());
        }
    }

    private static ProblemException invalid(String why) {
        return new ProblemException(ProblemCode.WEIGHTS_INVALID, "expected a safetensors file: " + why);
    }

    /** One walk over a header, gathering faults. */
    private static final class Walk {
        private final long size;
        private final long data;
        private final List<String> faults = new ArrayList<>();
        private final List<Range> ranges = new ArrayList<>();
        private final Map<String, String> metadata = new TreeMap<>();
        private long parameters;

        Walk(long size, long data) {
            this.size = size;
            this.data = data;
        }

        Facts facts(JsonNode header) {
            header.properties().forEach(entry -> {
                if (entry.getKey().equals(METADATA)) {
                    metadata(entry.getValue());
                } else {
                    tensor(entry.getKey(), entry.getValue());
                }
            });
            if (faults.isEmpty()) {
                layout();
            }
            if (!faults.isEmpty()) {
                int more = faults.size() - TOLD;
                throw invalid(String.join("; ", faults.subList(0, Math.min(TOLD, faults.size())))
                        + (more > 0 ? "; and " + more + " more" : ""));
            }
            return new Facts(size, ranges.size(), parameters, metadata);
        }

        private void metadata(JsonNode node) {
            if (!node.isObject() || node.toString().length() > MAX_METADATA) {
                faults.add(METADATA + ": expected an object of texts, " + MAX_METADATA + " characters at most");
                return;
            }
            node.properties().forEach(entry -> {
                if (entry.getValue().isString()) {
                    metadata.put(entry.getKey(), entry.getValue().stringValue().replace("\0", ""));
                } else {
                    faults.add(METADATA + " '" + entry.getKey() + "': expected a text");
                }
            });
        }

        private void tensor(String name, JsonNode node) {
            String at = "tensor '" + name + "'";
            if (name.isEmpty() || name.chars().anyMatch(Character::isISOControl)) {
                faults.add(at + ": expected a name without control characters");
            }
            Integer bits = BITS.get(node.path("dtype").asString(""));
            if (bits == null) {
                faults.add(at + ": unknown dtype " + node.path("dtype"));
                return;
            }
            Optional<Long> elements = elements(node.path("shape"));
            if (elements.isEmpty()) {
                faults.add(at + ": bad shape " + node.path("shape"));
                return;
            }
            JsonNode offsets = node.path("data_offsets");
            if (offsets.size() != 2
                    || !offsets.get(0).canConvertToLong()
                    || !offsets.get(1).canConvertToLong()
                    || !offsets.get(0).isIntegralNumber()
                    || !offsets.get(1).isIntegralNumber()) {
                faults.add(at + ": expected two whole data_offsets, given " + offsets);
                return;
            }
            var range =
                    new Range(name, offsets.get(0).longValue(), offsets.get(1).longValue());
            if (range.from() < 0 || range.to() < range.from() || range.to() > data) {
                faults.add(at + " lies at bytes " + range.from() + " to " + range.to() + " of " + data);
                return;
            }
            if (elements.get() > data || elements.get() * (bits / 8) != range.to() - range.from()) {
                faults.add(at + ": its dtype and shape take another size than its " + (range.to() - range.from())
                        + " bytes");
                return;
            }
            ranges.add(range);
            parameters += elements.get();
        }

        /** Elements of a shape; empty where it is none or where their number does not fit. */
        private static Optional<Long> elements(JsonNode shape) {
            if (!shape.isArray() || shape.size() > MAX_RANK) {
                return Optional.empty();
            }
            long product = 1;
            for (JsonNode extent : shape) {
                if (!extent.isIntegralNumber() || !extent.canConvertToLong() || extent.longValue() < 0) {
                    return Optional.empty();
                }
                try {
                    product = Math.multiplyExact(product, extent.longValue());
                } catch (ArithmeticException e) {
                    return Optional.empty();
                }
            }
            return Optional.of(product);
        }

        private void layout() {
            ranges.sort(Comparator.comparingLong(Range::from).thenComparingLong(Range::to));
            long end = 0;
            String before = "";
            for (Range range : ranges) {
                if (range.from() < end) {
                    faults.add("tensors '" + before + "' and '" + range.name() + "' overlap");
                } else if (range.from() > end) {
                    faults.add("bytes " + end + " to " + range.from() + " belong to no tensor");
                }
                end = Math.max(end, range.to());
                before = range.name();
            }
            if (end != data) {
                faults.add("bytes " + end + " to " + data + " belong to no tensor");
            }
        }
    }
}
