package org.layerzoo.registry.web;

import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import org.layerzoo.registry.api.FieldError;
import org.layerzoo.registry.api.Problem;
import org.layerzoo.registry.artifact.StorageException;
import org.slf4j.MDC;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.transaction.CannotCreateTransactionException;

/** Problem details (RFC 9457) as responses. */
public final class Problems {
    private Problems() {}

    public static Problem of(ProblemCode code, String detail) {
        String type = "urn:layerzoo:problem:" + code.code();
        return new Problem(type, code.title(), code.status().value(), detail, code.code())
                .errors(null)
                .traceId(MDC.get(TraceFilter.KEY));
    }

    static ResponseEntity<Object> response(ProblemCode code, String detail, List<FieldError> errors) {
        Problem body = of(code, detail);
        if (!errors.isEmpty()) {
            body.errors(errors);
        }
        var headers = new HttpHeaders();
        headers.setContentType(MediaType.APPLICATION_PROBLEM_JSON);
        if (code.status().value() == 401) {
            headers.set(HttpHeaders.WWW_AUTHENTICATE, "Bearer realm=\"layerzoo\"");
        }
        return new ResponseEntity<>(body, headers, code.status());
    }

    /** What a failure of the database, of the disk or of the store of artifacts means to a caller. */
    static Optional<ProblemCode> ofStorage(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof SQLException sql) {
                return ofState(sql);
            }
            if (cause instanceof StorageException storage) {
                return Optional.of(
                        switch (storage.reason()) {
                            case AWAY -> ProblemCode.STORAGE_UNAVAILABLE;
                            case REFUSED -> ProblemCode.STORAGE_REFUSED;
                            case FULL -> ProblemCode.STORAGE_FULL;
                            case DAMAGED -> ProblemCode.ARTIFACT_DAMAGED;
                        });
            }
            if (cause instanceof java.io.IOException io
                    && String.valueOf(io.getMessage()).contains("No space left on device")) {
                return Optional.of(ProblemCode.STORAGE_FULL);
            }
        }
        boolean unreachable = failure instanceof DataAccessResourceFailureException
                || failure instanceof CannotCreateTransactionException;
        return unreachable ? Optional.of(ProblemCode.DATABASE_UNAVAILABLE) : Optional.empty();
    }

    private static Optional<ProblemCode> ofState(SQLException failure) {
        String state = Optional.ofNullable(failure.getSQLState()).orElse("");
        if (state.startsWith("22")) {
            return Optional.of(
                    ProblemCode.INVALID_REQUEST); // a value that no text column can hold, such as the character zero
        }
        if (state.equals("53100")) {
            return Optional.of(ProblemCode.STORAGE_FULL);
        }
        // 08 connection, 57P shut down or starting up, 53300 too many connections; the pool gives none when it has to
        // wait too long
        boolean unreachable = state.isEmpty()
                || state.startsWith("08")
                || state.startsWith("57P")
                || state.equals("53300")
                || failure instanceof java.sql.SQLTransientConnectionException
                || failure instanceof java.sql.SQLRecoverableException;
        return unreachable ? Optional.of(ProblemCode.DATABASE_UNAVAILABLE) : Optional.empty();
    }
}
