package org.layerzoo.registry.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.layerzoo.registry.weights.SafetensorsFixture.raw;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.layerzoo.registry.web.ProblemException;

class SafetensorsCheckTest {
    @TempDir
    Path folder;

    private SafetensorsCheck.Facts check(byte[] content) throws IOException {
        return SafetensorsCheck.check(Files.write(folder.resolve("file"), content));
    }

    @Test
    void aGoodFileIsDescribed() throws IOException {
        String header =
                "{\"__metadata__\":{\"config\":\"{}\"},\"a\":{\"dtype\":\"BF16\",\"shape\":[2,3],\"data_offsets\":[0,12]},"
                        + "\"empty\":{\"dtype\":\"F32\",\"shape\":[0,4],\"data_offsets\":[12,12]},"
                        + "\"scalar\":{\"dtype\":\"F64\",\"shape\":[],\"data_offsets\":[12,20]}}   ";
        var facts = check(raw(header, 20));
        assertThat(facts.tensors()).isEqualTo(3);
        assertThat(facts.parameters()).isEqualTo(7);
        assertThat(facts.metadata()).isEqualTo(Map.of("config", "{}"));
    }

    @Test
    void aFileOfSeveralTensorsMayNameThemInAnyOrder() throws IOException {
        assertThat(check(raw(
                                "{\"b\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[4,8]},"
                                        + "\"a\":{\"dtype\":\"I8\",\"shape\":[4],\"data_offsets\":[0,4]}}",
                                8))
                        .tensors())
                .isEqualTo(2);
    }

    private static String tensor(String name, String dtype, String shape, String offsets) {
        return "\"" + name + "\":{\"dtype\":\"" + dtype + "\",\"shape\":" + shape + ",\"data_offsets\":" + offsets
                + "}";
    }

    private static final String A = tensor("a", "F32", "[2]", "[0,8]");

    static Stream<Arguments> hostile() {
        return Stream.of(headers(), places(), sizes()).flatMap(all -> all);
    }

    private static Stream<Arguments> headers() {
        return Stream.of(
                Arguments.of("no file at all", new byte[0], "header length is missing"),
                Arguments.of("a header that ends behind the file", raw(1000, "{}", new byte[4]), "header length 1000"),
                Arguments.of("a negative header length", raw(-1, "{}", new byte[4]), "header length"),
                Arguments.of(
                        "a header length of nearly 2^63", raw(Long.MAX_VALUE - 3, "{}", new byte[4]), "header length"),
                Arguments.of(
                        "a huge header",
                        raw("{" + " ".repeat((int) SafetensorsCheck.MAX_HEADER) + "}", 0),
                        "at most 16777216"),
                Arguments.of("a header that is no object", raw("[1,2]", 0), "does not begin with '{'"),
                Arguments.of("a header that is cut off", raw("{" + A.substring(0, 20), 8), "no JSON"),
                Arguments.of("text behind the header's object", raw("{} {}", 0), "no JSON"),
                Arguments.of("one name twice", raw("{" + A + "," + A + "}", 8), "no JSON"),
                Arguments.of("a header nested without end", raw("{\"a\":" + "[".repeat(50_000), 0), "no JSON object"));
    }

    private static Stream<Arguments> places() {
        return Stream.of(
                Arguments.of(
                        "overlapping tensors",
                        raw("{" + A + "," + tensor("b", "F32", "[2]", "[4,12]") + "}", 12),
                        "'a' and 'b' overlap"),
                Arguments.of(
                        "two tensors at one place",
                        raw("{" + A + "," + tensor("b", "F32", "[2]", "[0,8]") + "}", 8),
                        "overlap"),
                Arguments.of(
                        "a gap",
                        raw("{" + A + "," + tensor("b", "F32", "[2]", "[12,20]") + "}", 20),
                        "bytes 8 to 12 belong to no tensor"),
                Arguments.of("bytes behind the last tensor", raw("{" + A + "}", 9), "bytes 8 to 9 belong to no tensor"),
                Arguments.of("a tensor behind the end", raw("{" + A + "}", 4), "lies at bytes 0 to 8 of 4"),
                Arguments.of(
                        "offsets the wrong way round",
                        raw("{" + tensor("a", "F32", "[2]", "[8,0]") + "}", 8),
                        "lies at bytes 8 to 0"),
                Arguments.of(
                        "a negative offset",
                        raw("{" + tensor("a", "F32", "[2]", "[-8,0]") + "}", 8),
                        "lies at bytes -8"),
                Arguments.of(
                        "offsets that are no whole numbers",
                        raw("{" + tensor("a", "F32", "[2]", "[0,8.5]") + "}", 8),
                        "two whole data_offsets"),
                Arguments.of(
                        "three offsets",
                        raw("{" + tensor("a", "F32", "[2]", "[0,4,8]") + "}", 8),
                        "two whole data_offsets"));
    }

    private static Stream<Arguments> sizes() {
        return Stream.of(
                Arguments.of(
                        "a shape that lies about the size",
                        raw("{" + tensor("a", "F32", "[3]", "[0,8]") + "}", 8),
                        "take another size"),
                Arguments.of(
                        "a shape whose product overflows to the right size",
                        raw("{" + tensor("a", "F32", "[4294967296,4294967296]", "[0,0]") + "}", 0),
                        "bad shape"),
                Arguments.of(
                        "a size that overflows only as bytes",
                        raw("{" + tensor("a", "F32", "[4611686018427387904]", "[0,0]") + "}", 0),
                        "take another size"),
                Arguments.of("a negative extent", raw("{" + tensor("a", "F32", "[-2]", "[0,8]") + "}", 8), "bad shape"),
                Arguments.of(
                        "an unknown dtype", raw("{" + tensor("a", "F4", "[2]", "[0,8]") + "}", 8), "unknown dtype"),
                Arguments.of("a tensor that is a text", raw("{\"a\":\"b\"}", 0), "unknown dtype"),
                Arguments.of(
                        "a name with a control character",
                        raw("{" + tensor("a\\n", "F32", "[2]", "[0,8]") + "}", 8),
                        "without control characters"),
                Arguments.of("metadata that is no text", raw("{\"__metadata__\":{\"a\":1}}", 0), "expected a text"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("hostile")
    void aHostileFileIsRefusedWithTheReason(String what, byte[] content, String reason) {
        assertThatThrownBy(() -> check(content))
                .isInstanceOf(ProblemException.class)
                .hasMessageContaining("expected a safetensors file")
                .hasMessageContaining(reason);
    }

    @Test
    void manyFaultsAreToldInPart() {
        var header = new StringBuilder("{");
        for (int i = 0; i < 1000; i++) {
            header.append(i == 0 ? "" : ",").append(tensor("t" + i, "F5", "[1]", "[0,1]"));
        }
        assertThatThrownBy(() -> check(raw(header + "}", 1)))
                .hasMessageContaining("t0")
                .hasMessageContaining("and 990 more");
    }
}
