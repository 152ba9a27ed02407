package org.layerzoo.runner.serve;

/** A request that is answered with an error; the deployment goes on. */
public final class ServeException extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final String code;

    /** @param code bad-input, session-unknown, session-limit, unsupported, too-large, out-of-memory or failed */
    public ServeException(String code, String message) {
        super(message);
        this.code = code;
    }

    /** The stable name of the error. */
    public String code() {
        return code;
    }
}
