package org.layerzoo.registry.web;

import org.springframework.http.HttpStatus;

/** Every kind of error the service answers with: a stable code, the HTTP status, a title. */
public enum ProblemCode {
    INVALID_REQUEST(400, "The request is not valid"),
    BODY_UNREADABLE(400, "The body cannot be read"),
    RESULT_INVALID(400, "The result does not have the form of its kind of job"),
    TENSORS_INVALID(400, "The tensors do not fit"),
    /** The answer "no" to the question of the inference protocol, which wants a status of 4xx for it. */
    NOT_READY(400, "It is not ready"),
    TOKEN_MISSING(401, "A token is needed"),
    TOKEN_INVALID(401, "The token is not valid"),
    CODE_INVALID(401, "The one-time code is not valid"),
    SCOPE_MISSING(403, "The token may not do this"),
    CROSS_SITE(403, "The request comes from another site"),
    NOT_FOUND(404, "There is nothing here"),
    NOT_OWNER(403, "It belongs to someone else"),
    SIGNATURE_KEY_REVOKED(403, "The key that signed was revoked"),
    PLUGIN_UNKNOWN(404, "The plugin is not in the catalogue"),
    VERSION_UNKNOWN(404, "The version is not in the catalogue"),
    PROVIDER_UNKNOWN(404, "The plugin has no such provider"),
    ARTIFACT_GONE(404, "The jar is no longer there"),
    JOB_UNKNOWN(404, "There is no such job"),
    FILE_UNKNOWN(404, "The job has no such file"),
    TOKEN_UNKNOWN(404, "There is no such token"),
    PUBLICATION_UNKNOWN(404, "There is no such publication"),
    KEY_UNKNOWN(404, "There is no such key"),
    ALIAS_UNKNOWN(404, "There is no such alias"),
    MAINTAINER_UNKNOWN(404, "There is no such maintainer"),
    MATRIX_NONE(404, "There is no mixing matrix"),
    MATRIX_NOT_STORED(404, "The mixing matrix is not stored"),
    DEPLOYMENT_UNKNOWN(404, "There is no such deployment"),
    SESSION_UNKNOWN(404, "There is no such session"),
    WEIGHTS_UNKNOWN(404, "There are no such weights"),
    WEBHOOK_UNKNOWN(404, "There is no such webhook"),
    STUDY_UNKNOWN(404, "There is no such study"),
    DELIVERY_UNKNOWN(404, "There is no such delivery"),
    UPLOAD_UNKNOWN(404, "There is no such upload"),
    METHOD_NOT_ALLOWED(405, "The method is not allowed here"),
    NOT_ACCEPTABLE(406, "The answer has no such form"),
    LEASE_LOST(409, "The lease belongs to another run of the job"),
    KEY_EXISTS(409, "The key is registered already"),
    UPLOAD_OFFSET(409, "The part does not follow the last one"),
    UPLOAD_INCOMPLETE(409, "Parts of the file are missing"),
    LINEAGE_DIFFERS(409, "The weights come from elsewhere"),
    VERSION_EXISTS(409, "The version exists and never changes"),
    VERSION_DELETED(409, "The version was deleted and never comes back"),
    BODY_TOO_LARGE(413, "The body is too large"),
    MEDIA_TYPE_UNSUPPORTED(415, "The body has the wrong media type"),
    RANGE_UNSATISFIABLE(416, "The file has no such range"),
    WEIGHTS_INVALID(422, "The file is no safetensors file that can be used"),
    SIGNATURE_MALFORMED(422, "The signature has the wrong form"),
    SIGNATURE_INVALID(422, "The signature is not of this jar by a registered key"),
    ADDRESS_REFUSED(422, "Events are not sent to this address"),
    KEY_MALFORMED(422, "The public key cannot be read"),
    JAR_CORRUPT(422, "The jar is not a whole zip archive"),
    JAR_TOO_LARGE(422, "The jar is too large"),
    JAR_BOMB(422, "The jar unpacks to too much"),
    JAR_NESTED(422, "The jar holds an archive"),
    ENTRY_UNSAFE(422, "An entry of the jar has an unsafe name or kind"),
    ENTRY_DUPLICATE(422, "An entry of the jar occurs twice"),
    CLASS_INVALID(422, "A class of the jar is not what its name says"),
    CLASS_FORBIDDEN(422, "A class of the jar lies where no plugin's may"),
    MANIFEST_INVALID(422, "The jar's manifest is not valid"),
    METADATA_MISSING(422, "The jar has no plugin description"),
    METADATA_INVALID(422, "The plugin description is not valid"),
    CARD_INVALID(422, "The paper card is not valid"),
    DIGEST_MISMATCH(422, "The jar's content is not what its description says"),
    ID_RESERVED(422, "The id is reserved"),
    VERSION_INVALID(422, "The version cannot be published"),
    SPI_UNSUPPORTED(422, "The plugin is for another SPI"),
    LICENSE_REFUSED(422, "The license is missing or not allowed"),
    DEPENDENCY_INVALID(422, "What the plugin needs cannot be read"),
    JOB_FAILED(422, "The computation failed"),
    INFERENCE_FAILED(422, "The model failed"),
    OUTPUT_NOT_FINITE(422, "The output cannot be written as JSON"),
    OVERLOADED(429, "There are too many requests"),
    RATE_LIMITED(429, "Too many changes at once"),
    INTERNAL(500, "The service failed"),
    ARTIFACT_DAMAGED(500, "The stored file is damaged"),
    /** What was asked for cannot be done now: as Triton and KServe, so that clients and balancers know to try again. */
    DEPLOYMENT_NOT_READY(503, "The deployment is not ready"),
    DATABASE_UNAVAILABLE(503, "The database does not answer"),
    STORAGE_UNAVAILABLE(503, "The store of files does not answer"),
    STORAGE_REFUSED(503, "The store of files refuses the registry"),
    DEADLINE_EXCEEDED(504, "There was not enough time"),
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
