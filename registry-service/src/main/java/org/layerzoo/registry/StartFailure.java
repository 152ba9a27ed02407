package org.layerzoo.registry;

/** A reason not to start, told in one line, with the exit code of the process: 2 bad usage, 3 could not run. */
public final class StartFailure extends RuntimeException {
    private final int exitCode;

    private StartFailure(int exitCode, String message, Throwable cause) {
        super(message, cause);
        this.exitCode = exitCode;
    }

    /** A wrong argument or setting. */
    public static StartFailure usage(String message) {
        return new StartFailure(2, message, null);
    }

    /** The machine does not let the service run: port, folder, database. */
    public static StartFailure cannotRun(String message) {
        return new StartFailure(3, message, null);
    }

    /** As {@link #cannotRun(String)}, keeping the cause for {@code --debug}. */
    public static StartFailure cannotRun(String message, Throwable cause) {
        return new StartFailure(3, message, cause);
    }

    int exitCode() {
        return exitCode;
    }
}
