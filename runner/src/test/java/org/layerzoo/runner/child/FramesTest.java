package org.layerzoo.runner.child;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FramesTest {
    private static final List<Message> ALL = List.of(
            new Message.Start(),
            new Message.Cancel(),
            new Message.Hello(4711, "25.0.1"),
            new Message.Progress(0.5, "half"),
            new Message.Log("größer ≥ ∞"),
            new Message.Result(ChildFixture.json("{'a': [1, null]}"), List.of("outputs/a.txt")),
            new Message.Failure(RunnerProblem.LIMIT_TIME.with("too long")));

    private static byte[] written() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Frames.Writer writer = new Frames.Writer(out);
        for (Message message : ALL) {
            writer.write(message);
        }
        return out.toByteArray();
    }

    private static byte[] frame(String body) {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(4 + bytes.length)
                .putInt(bytes.length)
                .put(bytes)
                .array();
    }

    @Test
    void everyMessageIsReadAsItWasWritten() throws IOException {
        Frames.Reader reader = new Frames.Reader(new ByteArrayInputStream(written()));
        for (Message message : ALL) {
            assertEquals(Optional.of(message), reader.read());
        }
        assertEquals(Optional.empty(), reader.read());
    }

    @Test
    void streamThatEndsInsideAFrameIsAnEnd() throws IOException {
        byte[] start = frame("{\"type\":\"start\"}");
        for (int length = 0; length < start.length; length++) {
            Frames.Reader reader = new Frames.Reader(new ByteArrayInputStream(Arrays.copyOf(start, length)));
            assertEquals(Optional.empty(), reader.read(), "cut after " + length + " bytes");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "[1]",
                "not JSON",
                "{\"type\":\"explode\"}",
                "{\"type\":\"log\"}",
                "{\"type\":\"progress\",\"fraction\":2,\"message\":\"\"}",
                "{\"type\":\"progress\",\"fraction\":\"NaN\",\"message\":\"\"}",
                "{\"type\":\"result\",\"files\":[]}",
                "{\"type\":\"problem\",\"problem\":{\"code\":\"a\",\"title\":\"\",\"detail\":\"\",\"exitCode\":0}}"
            })
    void frameWithoutAKnownMessageIsGarbage(String body) {
        Frames.Reader reader = new Frames.Reader(new ByteArrayInputStream(frame(body)));
        assertThrows(Frames.GarbageException.class, reader::read);
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 0, 1, Frames.MAX_BYTES + 1, Integer.MIN_VALUE, Integer.MAX_VALUE})
    void impossibleLengthIsGarbageAndAllocatesNothing(int length) {
        byte[] bytes = ByteBuffer.allocate(4).putInt(length).array();
        Frames.Reader reader = new Frames.Reader(new ByteArrayInputStream(bytes));
        assertThrows(Frames.GarbageException.class, reader::read);
    }
}
