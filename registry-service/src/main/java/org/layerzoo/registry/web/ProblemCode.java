package org.layerzoo.registry.web;

import org.springframework.http.HttpStatus;

/** Every kind of error the service answers with: a stable code, the HTTP status, a title. */
public enum ProblemCode {
    INVALID_REQUEST(400, "The request is not valid"),
    BODY_UNREADABLE(400, "The body cannot be read"),
    RESULT_INVALID(400, "The result does not have the form of its kind of job"),
    TOKEN_MISSING(401, "A token is needed"),
    TOKEN_INVALID(401, "The token is not valid"),
    CODE_INVALID(401, "The one-time code is not valid"),
    SCOPE_MISSING(403, "The token may not do this"),
    CROSS_SITE(403, "The request comes from another site"),
    NOT_FOUND(404, "There is nothing here"),
    PLUGIN_UNKNOWN(404, "The plugin is not in the catalogue"),
    VERSION_UNKNOWN(404, "The version is not in the catalogue"),
    PROVIDER_UNKNOWN(404, "The plugin has no such provider"),
    ARTIFACT_GONE(404, "The jar is no longer there"),
    JOB_UNKNOWN(404, "There is no such job"),
    FILE_UNKNOWN(404, "The job has no such file"),
    TOKEN_UNKNOWN(404, "There is no such token"),
    MATRIX_NONE(404, "There is no mixing matrix"),
    MATRIX_NOT_STORED(404, "The mixing matrix is not stored"),
    METHOD_NOT_ALLOWED(405, "The method is not allowed here"),
    NOT_ACCEPTABLE(406, "The answer has no such form"),
    LEASE_LOST(409, "The lease belongs to another run of the job"),
    BODY_TOO_LARGE(413, "The body is too large"),
    MEDIA_TYPE_UNSUPPORTED(415, "The body has the wrong media type"),
    JOB_FAILED(422, "The computation failed"),
    INTERNAL(500, "The service failed"),
    DATABASE_UNAVAILABLE(503, "The database does not answer"),
    STORAGE_FULL(507, "The disk is full");

    private final HttpStatus status;
    private final String title;

    ProblemCode(int status, String title) {
        this.status = HttpStatus.valueOf(status);
        this.title = title;
    }

    public HttpStatus status() {
        return status;
    }

    public String title() {
        return title;
    }

    /** The stable name, such as {@code plugin-unknown}. */
    public String code() {
        return name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
    }
}
