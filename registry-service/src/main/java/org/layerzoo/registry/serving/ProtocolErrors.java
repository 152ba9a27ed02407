package org.layerzoo.registry.serving;

import java.util.Map;
import org.layerzoo.registry.api.Problem;
import org.layerzoo.registry.web.ProblemCode;
import org.springframework.core.MethodParameter;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.converter.HttpMessageConverter;
import org.springframework.http.server.ServerHttpRequest;
import org.springframework.http.server.ServerHttpResponse;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.servlet.mvc.method.annotation.ResponseBodyAdvice;

/**
 * Problems below {@code /v2} as the protocol's error object. Its clients read it into a class of just this field, so the fields of
 * a problem document cannot stand beside it; the stable code goes into a header.
 */
@RestControllerAdvice
class ProtocolErrors implements ResponseBodyAdvice<Object> {
    static final String CODE = "Problem-Code";
    private static final String RETRY_SECONDS = "1";

    @Override
    public boolean supports(MethodParameter returned, Class<? extends HttpMessageConverter<?>> converter) {
        return true;
    }

    @Override
    public Object beforeBodyWrite(
            Object body,
            MethodParameter returned,
            MediaType type,
            Class<? extends HttpMessageConverter<?>> converter,
            ServerHttpRequest request,
            ServerHttpResponse response) {
        String path = request.getURI().getPath();
        if (!(body instanceof Problem problem) || path == null || !(path.equals("/v2") || path.startsWith("/v2/"))) {
            return body;
        }
        response.getHeaders().setContentType(MediaType.APPLICATION_JSON);
        response.getHeaders().set(CODE, problem.getCode());
        int status = problem.getStatus();
        if (status == 429 || status == 503 || problem.getCode().equals(ProblemCode.NOT_READY.code())) {
            response.getHeaders().set(HttpHeaders.RETRY_AFTER, RETRY_SECONDS);
        }
        return Map.of("error", problem.getDetail());
    }
}
