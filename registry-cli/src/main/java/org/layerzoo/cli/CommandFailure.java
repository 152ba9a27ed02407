package org.layerzoo.cli;

/** Ends a command with one line for the user. */
final class CommandFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int exitCode;

    private CommandFailure(int exitCode, String message, Throwable cause) {
        super(message, cause);
        this.exitCode = exitCode;
    }

    /** Exit 1, 2 or 3 as the problem of a job says. */
    static CommandFailure of(int exitCode, String message) {
        return new CommandFailure(exitCode, message, null);
    }

    /** Exit 1: it ran, the answer is no. */
    static CommandFailure no(String message) {
        return of(1, message);
    }

    /** Exit 2. */
    static CommandFailure badInput(String message) {
        return of(2, message);
    }

    /** Exit 3. */
    static CommandFailure cannotRun(String message, Throwable cause) {
        return new CommandFailure(3, message, cause);
    }

    int exitCode() {
        return exitCode;
    }
}
