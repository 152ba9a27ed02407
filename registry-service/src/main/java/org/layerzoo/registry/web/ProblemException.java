package org.layerzoo.registry.web;

import java.util.List;
import org.layerzoo.registry.api.FieldError;

/** An error the caller is told about: what was wrong, what was expected, what was given. */
public final class ProblemException extends RuntimeException {
    private final ProblemCode code;
    private final transient List<FieldError> errors;

    public ProblemException(ProblemCode code, String detail) {
        this(code, detail, List.of());
    }

    public ProblemException(ProblemCode code, String detail, List<FieldError> errors) {
        super(detail);
        this.code = code;
        this.errors = List.copyOf(errors);
    }

    /** One field of the request is wrong. */
    public static ProblemException field(String field, String message, Object given) {
        var error = new FieldError(field, message).given(String.valueOf(given));
        return new ProblemException(
                ProblemCode.INVALID_REQUEST, field + ": " + message + ", given " + given, List.of(error));
    }

    public ProblemCode code() {
        return code;
    }

    public List<FieldError> errors() {
        return errors;
    }
}
