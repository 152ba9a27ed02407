package org.layerzoo.runner.child;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

class JobFolderTest {
    @Test
    void aFullDiskIsAnExceptionThatCallersMustHandle() {
        Path full = Path.of("/dev/full");
        assertTrue(Files.exists(full), "Linux has a device that is always full");
        IOException failure = assertThrows(IOException.class, () -> JobFolder.write(full, Map.of("kind", "echo")));
        assertTrue(failure.getMessage().contains("No space left on device"), failure.getMessage());
    }
}
