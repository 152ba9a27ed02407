package org.layerzoo.runner.child;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Counts threads and processes, on Linux; elsewhere nothing is counted. */
final class Tasks {
    private static final Path PROC = Path.of("/proc");

    private Tasks() {}

    /** The threads of a process; none when it has ended. */
    static int of(long pid) {
        try {
            for (String line : Files.readAllLines(PROC.resolve(pid + "/status"), StandardCharsets.ISO_8859_1)) {
                if (line.startsWith("Threads:")) {
                    return Integer.parseInt(line.substring("Threads:".length()).strip());
                }
            }
            return 0;
        } catch (IOException _) {
            return 0; // it has ended, or there is no /proc
        }
    }

    /** All threads of this machine, which costs less to ask for than a look at each process; 0 where that is unknown. */
    static int ofMachine() {
        try {
            String[] words = Files.readString(PROC.resolve("loadavg")).split("[ /]");
            return Integer.parseInt(words[4]);
        } catch (IOException | NumberFormatException | ArrayIndexOutOfBoundsException _) {
            return 0;
        }
    }
}
