package org.layerzoo.registry.web;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.core.StandardHost;
import org.apache.catalina.valves.ErrorReportValve;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import tools.jackson.databind.json.JsonMapper;

/** What the server refuses before a controller sees it, such as a path that is no UTF-8, is a problem document too. */
@Configuration(proxyBeanMethods = false)
class TomcatConfiguration {
    @Bean
    WebServerFactoryCustomizer<TomcatServletWebServerFactory> problemPages() {
        return factory -> factory.addContextCustomizers(
                context -> ((StandardHost) context.getParent()).setErrorReportValveClass(ProblemValve.class.getName()));
    }

    @Bean
    WebServerFactoryCustomizer<TomcatServletWebServerFactory> breakingOff() {
        return factory -> factory.addEngineValves(new BreakOffValve());
    }

    /** Made by Tomcat from its name, hence public. */
    public static final class ProblemValve extends ErrorReportValve {
        private static final Logger LOG = LoggerFactory.getLogger(ProblemValve.class);
        private static final JsonMapper JSON = JsonMapper.builder().build();

        @Override
        protected void report(Request request, Response response, Throwable failure) {
            int status = response.getStatus();
            if (status < 400 || response.getContentWritten() > 0 || !response.setErrorReported()) {
                return;
            }
            var problem = status < 500
                    ? Problems.of(
                            ProblemCode.INVALID_REQUEST,
                            "expected a well-formed request of plain UTF-8, given one that the server cannot read")
                    : Problems.of(ProblemCode.INTERNAL, "the service failed; its log says why");
            String trace =
                    Optional.ofNullable(response.getHeader(TraceFilter.HEADER)).orElseGet(TraceFilter::fresh);
            try {
                response.setHeader(TraceFilter.HEADER, trace);
                response.setHeader("X-Content-Type-Options", "nosniff");
                response.setContentType("application/problem+json");
                response.getOutputStream()
                        .write(JSON.writeValueAsString(problem.status(status).traceId(trace))
                                .getBytes(StandardCharsets.UTF_8));
                response.finishResponse();
            } catch (IOException e) {
                LOG.debug("the caller hung up", e);
            }
        }
    }
}
