package org.layerzoo.registry.web;

import java.io.IOException;
import java.io.UncheckedIOException;
import org.springframework.core.MethodParameter;
import org.springframework.core.io.Resource;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.converter.HttpMessageConverter;
import org.springframework.http.converter.ResourceHttpMessageConverter;
import org.springframework.http.server.ServerHttpRequest;
import org.springframework.http.server.ServerHttpResponse;
import org.springframework.http.server.ServletServerHttpResponse;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.servlet.mvc.method.annotation.ResponseBodyAdvice;

/** A range of a file that cannot be served is a problem document. Spring alone would send the whole file with the status that says no. */
@RestControllerAdvice
class RangeAdvice implements ResponseBodyAdvice<Resource> {
    @Override
    public boolean supports(MethodParameter returned, Class<? extends HttpMessageConverter<?>> converter) {
        return ResourceHttpMessageConverter.class.isAssignableFrom(converter);
    }

    @Override
    public Resource beforeBodyWrite(
            Resource body,
            MethodParameter returned,
            MediaType type,
            Class<? extends HttpMessageConverter<?>> converter,
            ServerHttpRequest request,
            ServerHttpResponse response) {
        if (body != null
                && response instanceof ServletServerHttpResponse servlet
                && servlet.getServletResponse().getStatus() == HttpStatus.REQUESTED_RANGE_NOT_SATISFIABLE.value()) {
            long length = length(body);
            servlet.getServletResponse().setHeader(HttpHeaders.CONTENT_RANGE, "bytes */" + length);
            throw new ProblemException(
                    ProblemCode.RANGE_UNSATISFIABLE,
                    "Range: expected bytes of a file that has " + length + ", given '"
                            + request.getHeaders().getFirst(HttpHeaders.RANGE) + "'");
        }
        return body;
    }

    private static long length(Resource body) {
        try {
            return body.contentLength();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
