package org.layerzoo.runner.serve;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

class WireTest {
    private static byte[] frame(String secret, byte[] body) throws IOException {
        var out = new ByteArrayOutputStream();
        Wire.write(out, Wire.head().put("secret", secret), List.of(body));
        return out.toByteArray();
    }

    @Test
    void whatIsLongerThanAGreetingIsNotReadOfAStranger() throws IOException {
        assertEquals(
                "s",
                Wire.greeting(new ByteArrayInputStream(frame("s", new byte[0])))
                        .orElseThrow()
                        .head()
                        .path("secret")
                        .asString());
        for (byte[] hostile : List.of(frame("s", new byte[1]), frame("s".repeat(5000), new byte[0]))) {
            var in = new ByteArrayInputStream(hostile);
            assertThrows(IOException.class, () -> Wire.greeting(in));
            assertEquals(hostile.length - 12, in.available(), "only the lengths were read");
            byte[] body =
                    Wire.read(new ByteArrayInputStream(hostile)).orElseThrow().body();
            assertArrayEquals(new byte[body.length], body);
        }
    }
}
