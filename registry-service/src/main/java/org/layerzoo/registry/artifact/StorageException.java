package org.layerzoo.registry.artifact;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.util.Optional;

/** Why the store did not do what it was asked for. The message is for the operator; it holds no secret. */
public final class StorageException extends UncheckedIOException {
    /** What that means to a caller. */
    public enum Reason {
        /** It does not answer, or says that it is busy: the same request may succeed later. */
        AWAY,
        /** It answers, and does not let this registry in. */
        REFUSED,
        /** It has no room. */
        FULL,
        /** What it holds is not what was stored, or what it was given is not what it was said to be. */
        DAMAGED
    }

    private final Reason reason;

    StorageException(Reason reason, String message) {
        this(reason, message, new IOException(message));
    }

    StorageException(Reason reason, String message, IOException cause) {
        super(message, cause);
        this.reason = reason;
    }

    /** What the file system says. */
    static StorageException of(String what, IOException cause) {
        String said =
                Optional.ofNullable(cause.getMessage()).orElse(cause.getClass().getSimpleName());
        String why = cause instanceof FileSystemException system
                ? Optional.ofNullable(system.getReason())
                                .orElse(cause.getClass().getSimpleName()) + " (" + said + ")"
                : said;
        boolean full = said.contains("No space left on device") || said.contains("Disk quota exceeded");
        return new StorageException(full ? Reason.FULL : Reason.AWAY, what + ": " + why, cause);
    }

    public Reason reason() {
        return reason;
    }
}
