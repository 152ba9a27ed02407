package org.layerzoo.runner.agent;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.BooleanSupplier;

/** What tests ask about processes. */
final class Processes {
    private Processes() {}

    static long pid(String line) {
        return Long.parseLong(line.substring(line.lastIndexOf(' ') + 1));
    }

    /** Alive and no zombie, which a container without an init keeps for ever. */
    static boolean alive(long pid) {
        try {
            return Files.readString(Path.of("/proc", Long.toString(pid), "status"))
                    .contains("VmRSS");
        } catch (IOException _) {
            return false;
        }
    }

    static void awaitEnd(long pid) throws InterruptedException {
        awaitThat(() -> !alive(pid));
    }

    /** Waits for a condition that nobody announces; a test's own time limit ends a wait in vain. */
    static void awaitThat(BooleanSupplier condition) throws InterruptedException {
        while (!condition.getAsBoolean()) {
            Thread.sleep(10);
        }
    }
}
