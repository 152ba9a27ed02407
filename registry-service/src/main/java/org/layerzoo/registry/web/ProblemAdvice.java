package org.layerzoo.registry.web;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.tomcat.util.http.InvalidParameterException;
import org.layerzoo.registry.api.FieldError;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.MessageSourceResolvable;
import org.springframework.http.ResponseEntity;
import org.springframework.http.converter.HttpMessageNotReadableException;
import org.springframework.security.access.AccessDeniedException;
import org.springframework.security.core.AuthenticationException;
import org.springframework.validation.method.MethodValidationResult;
import org.springframework.validation.method.ParameterErrors;
import org.springframework.web.ErrorResponse;
import org.springframework.web.HttpMediaTypeNotAcceptableException;
import org.springframework.web.HttpMediaTypeNotSupportedException;
import org.springframework.web.HttpRequestMethodNotSupportedException;
import org.springframework.web.bind.MethodArgumentNotValidException;
import org.springframework.web.bind.MissingRequestHeaderException;
import org.springframework.web.bind.MissingServletRequestParameterException;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.context.request.async.AsyncRequestNotUsableException;
import org.springframework.web.method.annotation.HandlerMethodValidationException;
import org.springframework.web.method.annotation.MethodArgumentTypeMismatchException;
import org.springframework.web.multipart.MaxUploadSizeExceededException;
import org.springframework.web.multipart.MultipartException;
import org.springframework.web.servlet.NoHandlerFoundException;
import org.springframework.web.servlet.resource.NoResourceFoundException;
import tools.jackson.core.JacksonException;

/** Turns every exception into one problem document. */
@RestControllerAdvice
class ProblemAdvice {
    private static final Logger LOG = LoggerFactory.getLogger(ProblemAdvice.class);
    private static final Pattern CHOICE = Pattern.compile("must match \"\\^\\(([A-Za-z0-9|-]+)\\)\\$\"");
    private static final int SHOWN = 200;
    private static final List<String> FILE_HEADERS = List.of(
            "ETag",
            "Digest",
            "Cache-Control",
            "Content-Disposition",
            "Content-Range",
            "Accept-Ranges",
            "Last-Modified");

    @ExceptionHandler
    ResponseEntity<Object> known(ProblemException problem) {
        return Problems.response(problem.code(), problem.getMessage(), problem.errors());
    }

    @ExceptionHandler
    ResponseEntity<Object> notSignedIn(AuthenticationException e) {
        return Problems.response(
                ProblemCode.TOKEN_MISSING, "expected 'Authorization: Bearer <token>', given none", List.of());
    }

    @ExceptionHandler
    ResponseEntity<Object> notAllowed(AccessDeniedException e) {
        return Problems.response(
                ProblemCode.SCOPE_MISSING, "the token's scopes do not include the one that this needs", List.of());
    }

    @ExceptionHandler
    ResponseEntity<Object> invalidBody(MethodArgumentNotValidException e) {
        return invalid(e.getBindingResult().getFieldErrors().stream()
                .map(ProblemAdvice::bodyError)
                .toList());
    }

    @ExceptionHandler
    ResponseEntity<Object> invalidArguments(HandlerMethodValidationException e) {
        return invalid(argumentErrors(e));
    }

    private static List<FieldError> argumentErrors(MethodValidationResult result) {
        var errors = new ArrayList<FieldError>();
        for (var parameter : result.getParameterValidationResults()) {
            if (parameter instanceof ParameterErrors body) {
                body.getFieldErrors().forEach(error -> errors.add(bodyError(error)));
            } else {
                String name = Optional.ofNullable(parameter.getMethodParameter().getParameterName())
                        .orElse("parameter");
                parameter
                        .getResolvableErrors()
                        .forEach(error ->
                                errors.add(new FieldError(name, message(error)).given(given(parameter.getArgument()))));
            }
        }
        return errors;
    }

    private static FieldError bodyError(org.springframework.validation.FieldError error) {
        return new FieldError(error.getField(), message(error)).given(given(error.getRejectedValue()));
    }

    private static String message(MessageSourceResolvable error) {
        String text = String.valueOf(error.getDefaultMessage());
        Matcher choice = CHOICE.matcher(text);
        return choice.matches() ? "expected one of " + choice.group(1).replace("|", ", ") : text;
    }

    /** What was given, short enough to be read. */
    private static String given(Object value) {
        return switch (value) {
            case null -> "nothing";
            case Collection<?> list -> list.size() + (list.size() == 1 ? " item" : " items");
            default -> {
                String text = value.toString();
                yield text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "… (" + text.length() + " characters)";
            }
        };
    }

    private static ResponseEntity<Object> invalid(List<FieldError> errors) {
        String detail = errors.stream()
                .map(error -> error.getField() + ": " + error.getMessage() + ", given " + error.getGiven())
                .sorted()
                .collect(Collectors.joining("; "));
        return Problems.response(ProblemCode.INVALID_REQUEST, detail, errors);
    }

    @ExceptionHandler
    ResponseEntity<Object> wrongType(MethodArgumentTypeMismatchException e) {
        String expected = UnreadableBody.name(e.getRequiredType());
        var error = new FieldError(e.getName(), "expected " + expected).given(String.valueOf(e.getValue()));
        return invalid(List.of(error));
    }

    @ExceptionHandler
    ResponseEntity<Object> missingParameter(MissingServletRequestParameterException e) {
        return invalid(List.of(new FieldError(e.getParameterName(), "expected a value").given("nothing")));
    }

    @ExceptionHandler
    ResponseEntity<Object> missingHeader(MissingRequestHeaderException e) {
        return invalid(List.of(new FieldError(e.getHeaderName(), "expected a value").given("nothing")));
    }

    @ExceptionHandler
    ResponseEntity<Object> unreadable(HttpMessageNotReadableException e) {
        Throwable cause = Optional.ofNullable(e.getCause()).orElse(e);
        if (cause instanceof ProblemException problem) {
            return known(problem);
        }
        if (cause instanceof JacksonException json) {
            var body = UnreadableBody.of(json);
            return Problems.response(ProblemCode.BODY_UNREADABLE, body.sentence(), body.errors());
        }
        return Problems.response(ProblemCode.BODY_UNREADABLE, "expected a JSON body, given none", List.of());
    }

    @ExceptionHandler
    ResponseEntity<Object> wrongMethod(HttpRequestMethodNotSupportedException e) {
        String allowed = Optional.ofNullable(e.getSupportedMethods())
                .map(Arrays::asList)
                .orElse(List.of())
                .toString();
        var response = Problems.response(
                ProblemCode.METHOD_NOT_ALLOWED, "expected one of " + allowed + ", given " + e.getMethod(), List.of());
        return ResponseEntity.status(405)
                .headers(response.getHeaders())
                .headers(e.getHeaders())
                .body(response.getBody());
    }

    @ExceptionHandler
    ResponseEntity<Object> wrongMediaType(HttpMediaTypeNotSupportedException e) {
        return Problems.response(
                ProblemCode.MEDIA_TYPE_UNSUPPORTED,
                "expected " + e.getSupportedMediaTypes() + ", given " + e.getContentType(),
                List.of());
    }

    @ExceptionHandler
    ResponseEntity<Object> notAcceptable(HttpMediaTypeNotAcceptableException e) {
        return Problems.response(
                ProblemCode.NOT_ACCEPTABLE, "the answer comes as one of " + e.getSupportedMediaTypes(), List.of());
    }

    @ExceptionHandler({NoHandlerFoundException.class, NoResourceFoundException.class})
    ResponseEntity<Object> nothingHere(HttpServletRequest request) {
        return Problems.response(ProblemCode.NOT_FOUND, "no resource at " + request.getRequestURI(), List.of());
    }

    @ExceptionHandler
    ResponseEntity<Object> tooLarge(MaxUploadSizeExceededException e) {
        return Problems.response(
                ProblemCode.BODY_TOO_LARGE, "expected a smaller upload: " + root(e).getMessage(), List.of());
    }

    /** The parts of an upload go to files before anybody looks at them, so the disk may be what is wrong with one. */
    @ExceptionHandler
    ResponseEntity<Object> unreadableUpload(
            MultipartException e, HttpServletRequest request, HttpServletResponse response) throws Exception {
        if (Problems.ofStorage(e).isPresent()) {
            return unexpected(e, request, response);
        }
        return Problems.response(
                ProblemCode.INVALID_REQUEST,
                "expected a body of type multipart/form-data: " + root(e).getMessage(),
                List.of());
    }

    private static Throwable root(Throwable e) {
        return e.getCause() == null ? e : root(e.getCause());
    }

    @ExceptionHandler
    ResponseEntity<Object> unreadableParameter(InvalidParameterException e) {
        return Problems.response(
                ProblemCode.INVALID_REQUEST, "expected parameters of plain UTF-8: " + e.getMessage(), List.of());
    }

    /** The caller hung up; nobody reads an answer. */
    @ExceptionHandler
    void gone(AsyncRequestNotUsableException e) {
        LOG.debug("the caller hung up", e);
    }

    @ExceptionHandler
    ResponseEntity<Object> unexpected(Exception e, HttpServletRequest request, HttpServletResponse response)
            throws Exception {
        Optional<ProblemCode> storage = Problems.ofStorage(e);
        if (storage.isPresent()) {
            LOG.warn("{} {}: {}", request.getMethod(), request.getRequestURI(), e.getMessage());
        }
        if (response.isCommitted()) {
            BreakOffValve.breakOff(request);
            throw e;
        }
        forgetFile(response);
        if (storage.isPresent()) {
            return Problems.response(storage.get(), detail(storage.get()), List.of());
        }
        if (e instanceof ErrorResponse known && known.getStatusCode().is4xxClientError()) {
            return Problems.response(ProblemCode.INVALID_REQUEST, e.getMessage(), List.of());
        }
        LOG.error("{} {}", request.getMethod(), request.getRequestURI(), e);
        return Problems.response(ProblemCode.INTERNAL, "the service failed; its log says why", List.of());
    }

    /** What was said of a file that cannot be sent does not hold for the problem document in its place. */
    private static void forgetFile(HttpServletResponse response) {
        response.setContentLengthLong(-1);
        FILE_HEADERS.forEach(name -> response.setHeader(name, null));
    }

    private static String detail(ProblemCode storage) {
        return switch (storage) {
            case STORAGE_FULL ->
                "the registry's disk or store of files is full; nothing was changed, free some space and repeat the request";
            case STORAGE_UNAVAILABLE ->
                "the registry's store of files does not answer; nothing was changed, repeat the request in a moment";
            case STORAGE_REFUSED ->
                "the registry's store of files refuses the registry; its operator finds the reason in the service's log";
            case ARTIFACT_DAMAGED ->
                "the file's bytes do not have its digest; the registry's operator has to restore it from a copy";
            case DATABASE_UNAVAILABLE -> "the registry's database does not answer; repeat the request in a moment";
            default -> "expected texts without control characters, given one that cannot be stored or searched";
        };
    }
}
