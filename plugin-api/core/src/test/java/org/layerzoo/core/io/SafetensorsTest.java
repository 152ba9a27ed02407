package org.layerzoo.core.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.op.Errors;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;

class SafetensorsTest {
    @TempDir
    Path dir;

    private static Tensors everyType() {
        Tensors t = Tensors.empty();
        for (DType d : DType.values()) {
            t = t.with("a." + d, Tensor.of(d, new double[] {1, 0, 2.5, -3, 0, 1}, 2, 3));
        }
        return t.with("empty", Tensor.zeros(DType.F32, 0, 4)).with("scalar", Tensor.scalar(DType.F64, 7));
    }

    @Test
    void everyTypeSurvivesARoundTripWithItsMetadata() {
        Path f = dir.resolve("all.safetensors");
        Safetensors.write(f, everyType(), Map.of("note", "quotes \" and \u00fc"));
        Safetensors.Content c = Safetensors.read(f);
        assertEquals(everyType().names(), c.tensors().names());
        everyType()
                .names()
                .forEach(n -> assertTrue(
                        Errors.sameBits(c.tensors().get(n), everyType().get(n)), n));
        assertEquals(Map.of("note", "quotes \" and \u00fc"), c.metadata());
    }

    @Test
    void equalContentsAreEqualFilesWhateverTheOrderOfTheirMetadata() throws IOException {
        Map<String, String> one = new LinkedHashMap<>();
        one.put("id", "x");
        one.put("config", "{}");
        Map<String, String> other = new LinkedHashMap<>();
        other.put("config", "{}");
        other.put("id", "x");
        Safetensors.write(dir.resolve("one.safetensors"), everyType(), one);
        Safetensors.write(dir.resolve("other.safetensors"), everyType(), other);
        assertEquals(-1, Files.mismatch(dir.resolve("one.safetensors"), dir.resolve("other.safetensors")));
    }

    @Test
    void noTemporaryFileStaysBehind() throws IOException {
        Safetensors.write(dir.resolve("x.safetensors"), everyType(), Map.of());
        try (Stream<Path> files = Files.list(dir)) {
            assertEquals(1, files.count());
        }
    }

    @Test
    void aFailedWriteLeavesTheOldFileAndNothingElse() throws IOException {
        ZooException e = assertThrows(
                ZooException.class,
                () -> Safetensors.write(dir.resolve("no/such/folder/x.safetensors"), everyType(), Map.of()));
        assertEquals(ErrorCode.UNREADABLE, e.code());
        assertTrue(e.getMessage().contains("its folder does not exist"), e.getMessage());
        assertFalse(Files.exists(dir.resolve("no")));
    }

    @ParameterizedTest
    @CsvSource({"4, 8-byte header length", "20, header length", "-1, truncated"})
    void truncatedFilesSayWhatIsMissing(int keep, String part) throws IOException {
        Path f = dir.resolve("t.safetensors");
        Safetensors.write(f, Tensors.of("x", Tensor.of(new float[] {1, 2, 3}, 3)), Map.of());
        byte[] all = Files.readAllBytes(f);
        Files.write(f, Arrays.copyOf(all, keep < 0 ? all.length + keep : keep));
        ZooException e = assertThrows(ZooException.class, () -> Safetensors.read(f));
        assertEquals(ErrorCode.BAD_FILE, e.code());
        assertTrue(e.getMessage().contains(part), e.getMessage());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{} x|no JSON",
                "[]|no JSON object",
                "{\"x\":{\"dtype\":\"F32\"}}|lacks dtype, shape or data_offsets",
                "{\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}}|needs 8 bytes and has 4",
                "{\"x\":{\"dtype\":\"C64\",\"shape\":[1],\"data_offsets\":[0,8]}}|dtype C64",
                "{\"x\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,4]}}|bad shape",
                "{\"x\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[8,4]}}|lies at bytes"
            })
    void brokenHeadersAreNamed(String header, String part) throws IOException {
        byte[] json = header.getBytes(StandardCharsets.UTF_8);
        ByteBuffer b = ByteBuffer.allocate(8 + json.length + 8)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(json.length)
                .put(json);
        Path f = Files.write(dir.resolve("b.safetensors"), b.array());
        ZooException e = assertThrows(ZooException.class, () -> Safetensors.read(f));
        assertEquals(ErrorCode.BAD_FILE, e.code());
        assertTrue(e.getMessage().contains(part), e.getMessage());
    }

    @Test
    void missingFilesAndFoldersAreBadInput() {
        assertEquals(
                ErrorCode.BAD_FILE,
                assertThrows(ZooException.class, () -> Safetensors.read(dir.resolve("none")))
                        .code());
        assertEquals(
                ErrorCode.BAD_FILE,
                assertThrows(ZooException.class, () -> Safetensors.read(dir)).code());
    }

    @Test
    void npyFilesSurviveARoundTrip() {
        for (DType d : new DType[] {DType.F32, DType.F64, DType.F16, DType.I64, DType.I32, DType.BOOL}) {
            Tensor t = Tensor.of(d, new double[] {1, 0, 2, 1, 0, 3}, 2, 3);
            Npy.write(dir.resolve("t.npy"), t);
            Tensor back = Npy.read(dir.resolve("t.npy"));
            assertEquals(t.spec(), back.spec());
            assertArrayEquals(t.toDoubles(), back.toDoubles());
        }
        Npy.write(dir.resolve("s.npy"), Tensor.scalar(DType.F32, 4));
        assertEquals(4, Npy.read(dir.resolve("s.npy")).item());
        assertThrows(ZooException.class, () -> Npy.write(dir.resolve("b.npy"), Tensor.scalar(DType.BF16, 1)));
    }

    @Test
    void brokenNpyFilesAreNamed() throws IOException {
        Npy.write(dir.resolve("t.npy"), Tensor.of(new float[] {1, 2}, 2));
        byte[] all = Files.readAllBytes(dir.resolve("t.npy"));
        Files.write(dir.resolve("short.npy"), Arrays.copyOf(all, all.length - 3));
        assertTrue(assertThrows(ZooException.class, () -> Npy.read(dir.resolve("short.npy")))
                .getMessage()
                .contains("needs 8 bytes and it has 5"));
        Files.write(dir.resolve("not.npy"), new byte[100]);
        assertTrue(assertThrows(ZooException.class, () -> Npy.read(dir.resolve("not.npy")))
                .getMessage()
                .contains("mark"));
        byte[] fortran = new String(all, StandardCharsets.ISO_8859_1)
                .replace("False", "True ")
                .getBytes(StandardCharsets.ISO_8859_1);
        Files.write(dir.resolve("f.npy"), fortran);
        assertTrue(assertThrows(ZooException.class, () -> Npy.read(dir.resolve("f.npy")))
                .getMessage()
                .contains("Fortran"));
    }
}
