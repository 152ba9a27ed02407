package org.layerzoo.runner.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AgentOptionsTest {
    @Test
    void allOptionsAreRead(@TempDir Path folder) {
        AgentOptions options = AgentOptions.parse(
                "--registry",
                "https://zoo.example:8443",
                "--token-file",
                "t",
                "--plugins",
                folder.toString(),
                "--plugins",
                folder.toString(),
                "--name",
                "gpu-1",
                "--memory",
                "3g",
                "--heap",
                "5g",
                "--job-user",
                "nobody",
                "--backends",
                "cuda,cpu-vector",
                "--work",
                "w",
                "--exit-with-parent");
        assertEquals("https://zoo.example:8443", options.registry().toString());
        assertEquals(List.of(folder, folder), options.plugins());
        assertEquals("gpu-1", options.name());
        assertEquals(3L << 30, options.memoryBytes());
        assertEquals(5L << 30, options.heapBytes());
        assertEquals(Optional.of("nobody"), options.jobUser());
        assertEquals(new AgentToken.InFile(Path.of("t")), options.token());
        assertEquals(List.of("cuda", "cpu-vector"), options.backends());
        assertEquals(Path.of("w"), options.work());
        assertTrue(options.exitWithParent());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "--token-file t | --registry is missing",
                "--registry http://h | --token-file is missing",
                "--registry | --registry needs a value",
                "--registry ftp://h --token-file t | --registry must be an http or https address, not 'ftp://h'",
                "--registry http://h --token-file t --plugins /no/such | '/no/such' is none",
                "--registry http://h --token-file t --name a/b | --name must be 1 to 100",
                "--registry http://h --token-file t --memory 4q | '4q' is no size",
                "--registry http://h --token-file t --heap 64m | --heap must be 1g or more",
                "--frobnicate | unknown option '--frobnicate'"
            })
    void badOptionIsNamed(String line, String message) {
        String[] arguments = line.split(" ");
        String given = assertThrows(IllegalArgumentException.class, () -> AgentOptions.parse(arguments))
                .getMessage();
        assertTrue(given.contains(message), given);
    }
}
