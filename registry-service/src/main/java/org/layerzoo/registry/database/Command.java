package org.layerzoo.registry.database;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A short-lived program, run to its end. */
record Command(List<String> words) {
    /** What a program left behind. */
    record Outcome(int exit, String output) {
        boolean succeeded() {
            return exit == 0;
        }
    }

    Command {
        words = List.copyOf(words);
    }

    static Command of(List<String> prefix, String... words) {
        var all = new ArrayList<>(prefix);
        all.addAll(List.of(words));
        return new Command(all);
    }

    /** Runs the program; a missing one and one that overruns are failed outcomes. */
    Outcome run(long seconds) {
        try {
            // A daemon that the program starts would inherit a pipe and keep it open, so the output goes through a
            // file.
            var file = java.nio.file.Files.createTempFile("command", ".out");
            try {
                Process process = new ProcessBuilder(words)
                        .redirectErrorStream(true)
                        .redirectOutput(file.toFile())
                        .start();
                process.getOutputStream().close();
                boolean ended = process.waitFor(seconds, TimeUnit.SECONDS);
                if (!ended) {
                    process.destroyForcibly();
                }
                String output = java.nio.file.Files.readString(file, StandardCharsets.UTF_8);
                return new Outcome(ended ? process.exitValue() : 124, output.strip());
            } finally {
                java.nio.file.Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            return new Outcome(127, String.valueOf(e.getMessage()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Outcome(130, "interrupted");
        }
    }
}
