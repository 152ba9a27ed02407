package org.layerzoo.core;

/** Every kind of failure a user can meet, with the exit code of the CLI and the HTTP status of the API. One page, so that both stay in step. */
public enum ErrorCode {
    BAD_SHAPE(2, 422),
    BAD_DTYPE(2, 422),
    BAD_ARGUMENT(2, 400),
    BAD_CONFIG(2, 422),
    BAD_FILE(2, 422),
    BAD_TENSORS(2, 422),
    BAD_PLUGIN(2, 422),
    UNKNOWN_PLUGIN(2, 404),
    UNSUPPORTED(1, 422),
    CHECK_FAILED(1, 422),
    NOT_FINITE(1, 422),
    OUT_OF_MEMORY(3, 507),
    TIME_LIMIT(3, 504),
    NO_BACKEND(3, 503),
    UNREADABLE(3, 500),
    PLUGIN_FAILED(3, 500),
    CANCELLED(3, 409);

    private final int exitCode;
    private final int httpStatus;

    ErrorCode(int exitCode, int httpStatus) {
        this.exitCode = exitCode;
        this.httpStatus = httpStatus;
    }

    /** Exit code of the CLI: 1 the answer is no, 2 bad input, 3 could not run. */
    public int exitCode() {
        return exitCode;
    }

    public int httpStatus() {
        return httpStatus;
    }
}
