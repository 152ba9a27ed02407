package org.layerzoo.registry.web;

import jakarta.servlet.RequestDispatcher;
import jakarta.servlet.http.HttpServletRequest;
import java.util.List;
import java.util.Optional;
import org.springframework.boot.webmvc.error.ErrorController;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** What is refused before it reaches a controller, such as a method that no resource takes, is a problem document too. */
@RestController
class ErrorDocument implements ErrorController {
    @RequestMapping("/error")
    ResponseEntity<Object> error(HttpServletRequest request) {
        int status = Optional.ofNullable((Integer) request.getAttribute(RequestDispatcher.ERROR_STATUS_CODE))
                .orElse(404);
        Object path = Optional.ofNullable(request.getAttribute(RequestDispatcher.ERROR_REQUEST_URI))
                .orElseGet(request::getRequestURI);
        return switch (status) {
            case 404 -> Problems.response(ProblemCode.NOT_FOUND, "no resource at " + path, List.of());
            case 405 ->
                Problems.response(ProblemCode.METHOD_NOT_ALLOWED, "no resource takes " + method(request), List.of());
            default ->
                status < 500
                        ? Problems.response(ProblemCode.INVALID_REQUEST, "the request was refused", List.of())
                        : Problems.response(ProblemCode.INTERNAL, "the service failed; its log says why", List.of());
        };
    }

    /** What was asked; the request that is dispatched here is a GET in any case. */
    private static Object method(HttpServletRequest request) {
        return Optional.ofNullable(request.getAttribute(RequestDispatcher.ERROR_METHOD))
                .orElseGet(request::getMethod);
    }
}
