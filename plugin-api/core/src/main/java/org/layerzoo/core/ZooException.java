package org.layerzoo.core;

/** A failure told in one sentence: what was wrong, what was expected, what was given. */
public class ZooException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final ErrorCode code;

    public ZooException(ErrorCode code, String message) {
        super(message);
        this.code = code;
    }

    public ZooException(ErrorCode code, String message, Throwable cause) {
        super(message, cause);
        this.code = code;
    }

    public ErrorCode code() {
        return code;
    }

    public static ZooException badShape(String message) {
        return new ZooException(ErrorCode.BAD_SHAPE, message);
    }

    public static ZooException badArgument(String message) {
        return new ZooException(ErrorCode.BAD_ARGUMENT, message);
    }

    public static ZooException unsupported(String message) {
        return new ZooException(ErrorCode.UNSUPPORTED, message);
    }
}
