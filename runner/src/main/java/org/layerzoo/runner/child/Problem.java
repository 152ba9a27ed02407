package org.layerzoo.runner.child;

import java.util.Locale;
import java.util.Objects;

/**
 * Why a job gave no result, in the terms of RFC 9457 plus the exit code of the command line.
 *
 * @param code stable name in lower case with hyphens
 * @param title the same for every problem of this code
 * @param detail one sentence about this case
 * @param exitCode 1 = the answer is no, 2 = bad input, 3 = could not run
 */
public record Problem(String code, String title, String detail, int exitCode) {
    public Problem {
        Objects.requireNonNull(title, "title");
        Objects.requireNonNull(detail, "detail");
        if (!code.matches("[a-z0-9]+(-[a-z0-9]+)*")) {
            throw new IllegalArgumentException(
                    "a problem's code must be lower-case words joined by hyphens, not '" + code + "'");
        }
        if (exitCode < 1 || exitCode > 3) {
            throw new IllegalArgumentException("a problem's exit code must be 1, 2 or 3, not " + exitCode);
        }
    }

    /** A problem whose title is its code in words. */
    public static Problem of(String code, int exitCode, String detail) {
        String words = code.replace('-', ' ');
        String title = words.isEmpty() ? words : words.substring(0, 1).toUpperCase(Locale.ROOT) + words.substring(1);
        return new Problem(code, title, detail, exitCode);
    }
}
