package org.layerzoo.maven;

/** Something in the project or on the machine keeps the jar from being built; the message says what and what to do. */
final class BuildException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    BuildException(String message) {
        super(message);
    }

    BuildException(String message, Throwable cause) {
        super(message, cause);
    }
}
