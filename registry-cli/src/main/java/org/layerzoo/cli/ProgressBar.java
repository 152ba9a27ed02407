package org.layerzoo.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.layerzoo.runner.child.JobListener;
import tools.jackson.databind.JsonNode;

/** Progress on stderr: a bar that redraws itself on a terminal, elsewhere a line every ten seconds. */
final class ProgressBar implements JobListener, AutoCloseable {
    private static final int WIDTH = 24;
    private static final int LINE = 100;
    private static final long QUIET_NANOS = 10_000_000_000L;

    private final PrintWriter err;
    private final boolean terminal;
    private final boolean debug;
    private final double from;
    private final double share;
    private final Consumer<JsonNode> announced;
    private long toldAt = System.nanoTime();
    private boolean drawn;

    /** A bar for the part {@code from} to {@code from + share} of a command's work; {@code announced} hears what the job says of itself. */
    ProgressBar(PrintWriter err, boolean debug, double from, double share, Consumer<JsonNode> announced) {
        this.announced = announced;
        this.err = err;
        this.debug = debug;
        this.from = from;
        this.share = share;
        this.terminal = isTerminal();
    }

    private static boolean isTerminal() {
        Path stderr = Path.of("/proc/self/fd/2");
        try {
            String target = Files.readSymbolicLink(stderr).toString();
            return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty");
        } catch (IOException | UnsupportedOperationException _) {
            return System.console() != null && System.console().isTerminal();
        }
    }

    @Override
    public void progress(double fraction, String message) {
        double done = from + share * fraction;
        if (terminal) {
            int full = (int) Math.round(done * WIDTH);
            String text =
                    String.format("[%s%s] %3.0f%% %s", "#".repeat(full), "-".repeat(WIDTH - full), 100 * done, message);
            err.print(
                    "\r" + (text.length() > LINE ? text.substring(0, LINE) : text + " ".repeat(LINE - text.length())));
            err.flush();
            drawn = true;
        } else if (System.nanoTime() - toldAt > QUIET_NANOS) {
            toldAt = System.nanoTime();
            err.printf("%3.0f%% %s%n", 100 * done, message);
        }
    }

    @Override
    public void announced(JsonNode document) {
        announced.accept(document);
    }

    @Override
    public void log(String line) {
        if (debug) {
            err.println("  | " + line);
        }
    }

    @Override
    public void close() {
        if (drawn) {
            err.print("\r" + " ".repeat(LINE) + "\r");
            err.flush();
        }
    }
}
