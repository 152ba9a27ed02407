package org.layerzoo.registry.web;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;
import org.springframework.web.servlet.HandlerExceptionResolver;

/** Refuses bodies larger than any that the API takes, whether or not they say their length beforehand. */
@Component
@Order(Ordered.HIGHEST_PRECEDENCE + 10)
class BodyLimitFilter extends OncePerRequestFilter {
    /** 32 MiB of files in base64, and a result beside them. */
    private static final long MOST = 64L << 20;

    /** A jar with its signature; the check of the jar has a limit of its own. */
    private static final long MOST_UPLOAD = 257L << 20;

    private static final String UPLOADS = "/api/v1/plugins";

    private final HandlerExceptionResolver resolver;

    BodyLimitFilter(@Qualifier("handlerExceptionResolver") HandlerExceptionResolver resolver) {
        this.resolver = resolver;
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        long length = request.getContentLengthLong();
        long most = request.getRequestURI().equals(UPLOADS) ? MOST_UPLOAD : MOST;
        if (length > most) {
            resolver.resolveException(request, response, null, tooLarge(most, "a body of " + length));
            return;
        }
        chain.doFilter(length >= 0 ? request : new Limited(request), response);
    }

    private static ProblemException tooLarge(long most, String given) {
        return new ProblemException(
                ProblemCode.BODY_TOO_LARGE, "expected a body of at most " + most + " bytes, given " + given);
    }

    /** A request that did not say how long its body is. */
    private static final class Limited extends HttpServletRequestWrapper {
        Limited(HttpServletRequest request) {
            super(request);
        }

        @Override
        public ServletInputStream getInputStream() throws IOException {
            return new Counted(super.getInputStream());
        }
    }

    private static final class Counted extends ServletInputStream {
        private final ServletInputStream body;
        private long left = MOST;

        Counted(ServletInputStream body) {
            this.body = body;
        }

        @Override
        public int read() throws IOException {
            return count(body.read(), 1);
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            int n = body.read(buffer, offset, length);
            return count(n, n);
        }

        private int count(int answer, int bytes) {
            if (answer >= 0) {
                left -= bytes;
            }
            if (left < 0) {
                throw tooLarge(MOST, "more");
            }
            return answer;
        }

        @Override
        public boolean isFinished() {
            return body.isFinished();
        }

        @Override
        public boolean isReady() {
            return body.isReady();
        }

        @Override
        public void setReadListener(ReadListener listener) {
            body.setReadListener(listener);
        }
    }
}
