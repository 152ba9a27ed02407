package org.layerzoo.registry.web;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.layerzoo.registry.DataDirectory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Deletes what is left of parts that were written to files, once no request with parts is under way. Tomcat forgets the file of a part
 * whose first bytes did not fit on the disk, and does not tell its name.
 */
@Component
@Order(Ordered.HIGHEST_PRECEDENCE + 5)
class SpoolFilter extends OncePerRequestFilter {
    private static final Logger LOG = LoggerFactory.getLogger(SpoolFilter.class);

    /** The names that Tomcat gives to parts; the service's own files beside them have others. */
    private static final String PARTS = "upload_*.tmp";

    private final Path folder;
    private int underWay;

    SpoolFilter(DataDirectory data) {
        this.folder = data.resolve("uploads");
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        if (!Optional.ofNullable(request.getContentType()).orElse("").startsWith("multipart/")) {
            chain.doFilter(request, response);
            return;
        }
        begin();
        try {
            chain.doFilter(request, response);
        } finally {
            end();
        }
    }

    private synchronized void begin() {
        underWay++;
    }

    private synchronized void end() {
        underWay--;
        if (underWay == 0) {
            sweep();
        }
    }

    private void sweep() {
        try (DirectoryStream<Path> parts = Files.newDirectoryStream(folder, PARTS)) {
            for (Path part : parts) {
                Files.deleteIfExists(part);
            }
        } catch (IOException e) {
            LOG.warn("parts of uploads in {} stay until the next one: {}", folder, e.getMessage());
        }
    }
}
