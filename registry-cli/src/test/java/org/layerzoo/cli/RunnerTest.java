package org.layerzoo.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is wrong with the command line of a runner is said before it works; that it works is proved in system-tests. */
class RunnerTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "--registry http://127.0.0.1:1 | a token of scope run is missing",
                "--registry ftp://h --token t | --registry: expected an address",
                "--registry http://127.0.0.1:1 --token t --token-file f | expected --token or --token-file, given both",
                "--registry http://127.0.0.1:1 --token-file /no/such | --token-file: /no/such cannot be read",
                "--registry http://127.0.0.1:1 --token t --memory much | 'much' is no size",
                "--registry http://127.0.0.1:1 --token t --heap 1m | --heap must be 1g or more",
                "--registry http://127.0.0.1:1 --token t --name a/b | --name must be 1 to 100",
            })
    void badInputIsExitTwoAndNamed(String line, String message) {
        String[] arguments = ("runner " + line).split(" ");
        Cli.Said said = Cli.in(folder, folder).run(arguments);
        assertEquals(2, said.exit(), said.err());
        assertTrue(said.error().contains(message), said.err());
    }
}
