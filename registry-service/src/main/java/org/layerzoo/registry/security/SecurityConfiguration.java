package org.layerzoo.registry.security;

import static org.springframework.http.HttpMethod.DELETE;
import static org.springframework.http.HttpMethod.POST;
import static org.springframework.http.HttpMethod.PUT;

import org.layerzoo.registry.web.ProblemCode;
import org.layerzoo.registry.web.ProblemException;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.HttpMethod;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configurers.AbstractHttpConfigurer;
import org.springframework.security.config.annotation.web.configurers.AuthorizeHttpRequestsConfigurer;
import org.springframework.security.config.http.SessionCreationPolicy;
import org.springframework.security.config.observation.SecurityObservationSettings;
import org.springframework.security.core.userdetails.UserDetailsService;
import org.springframework.security.core.userdetails.UsernameNotFoundException;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.authentication.AnonymousAuthenticationFilter;
import org.springframework.security.web.firewall.RequestRejectedHandler;
import org.springframework.security.web.header.writers.ReferrerPolicyHeaderWriter.ReferrerPolicy;
import org.springframework.web.servlet.HandlerExceptionResolver;

/** Who may do what. Reading is open; what is named here needs a scope. */
@Configuration(proxyBeanMethods = false)
class SecurityConfiguration {
    /** No exceptions: the dashboard sets styles by script, and its tests run under this policy. Pictures in style sheets are data: URLs. */
    private static final String CONTENT_POLICY =
            "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self';"
                    + " object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

    @Bean
    SecurityFilterChain filterChain(
            HttpSecurity http, Access access, @Qualifier("handlerExceptionResolver") HandlerExceptionResolver resolver)
            throws Exception {
        return http.csrf(AbstractHttpConfigurer::disable) // TokenFilter checks the origin where a cookie is used
                .formLogin(AbstractHttpConfigurer::disable)
                .httpBasic(AbstractHttpConfigurer::disable)
                .logout(AbstractHttpConfigurer::disable)
                .requestCache(AbstractHttpConfigurer::disable)
                .sessionManagement(session -> session.sessionCreationPolicy(SessionCreationPolicy.STATELESS))
                .addFilterBefore(new TokenFilter(access, resolver), AnonymousAuthenticationFilter.class)
                .exceptionHandling(handling -> handling.authenticationEntryPoint(
                                (request, response, e) -> resolver.resolveException(request, response, null, e))
                        .accessDeniedHandler(
                                (request, response, e) -> resolver.resolveException(request, response, null, e)))
                .headers(headers -> headers.contentSecurityPolicy(policy -> policy.policyDirectives(CONTENT_POLICY))
                        .referrerPolicy(policy -> policy.policy(ReferrerPolicy.NO_REFERRER)))
                .authorizeHttpRequests(SecurityConfiguration::serving)
                .authorizeHttpRequests(SecurityConfiguration::rules)
                .build();
    }

    private static void rules(
            AuthorizeHttpRequestsConfigurer<HttpSecurity>.AuthorizationManagerRequestMatcherRegistry requests) {
        requests.requestMatchers(POST, "/api/v1/runner/**")
                .hasAuthority("run")
                .requestMatchers(
                        POST,
                        "/api/v1/benchmarks",
                        "/api/v1/verifications",
                        "/api/v1/trainings",
                        "/api/v1/probes",
                        "/api/v1/comparisons")
                .hasAuthority("run")
                .requestMatchers(DELETE, "/api/v1/jobs/*")
                .hasAnyAuthority("run", "admin")
                .requestMatchers(POST, "/api/v1/plugins", "/api/v1/keys")
                .hasAuthority("publish")
                .requestMatchers(POST, "/api/v1/plugins/*/versions/*/*")
                .hasAnyAuthority("publish", "admin")
                .requestMatchers(PUT, "/api/v1/plugins/*/**")
                .hasAnyAuthority("publish", "admin")
                .requestMatchers(DELETE, "/api/v1/plugins/*/**", "/api/v1/keys/*")
                .hasAnyAuthority("publish", "admin")
                .requestMatchers("/api/v1/publications", "/api/v1/publications/*")
                .hasAnyAuthority("publish", "admin")
                .requestMatchers("/api/v1/audit", "/api/v1/audit/*")
                .hasAuthority("admin")
                .requestMatchers("/api/v1/webhooks", "/api/v1/webhooks/**")
                .hasAuthority("admin")
                .requestMatchers("/api/v1/tokens", "/api/v1/tokens/*")
                .hasAuthority("admin")
                .requestMatchers(POST, "/api/v1/session/codes")
                .hasAuthority("read")
                .anyRequest()
                .permitAll();
    }

    /** What is served is changed by those who may run; a deployment itself says who may call it. */
    private static void serving(
            AuthorizeHttpRequestsConfigurer<HttpSecurity>.AuthorizationManagerRequestMatcherRegistry requests) {
        requests.requestMatchers(HttpMethod.PUT, "/api/v1/deployments/*")
                .hasAuthority("run")
                .requestMatchers(HttpMethod.DELETE, "/api/v1/deployments/*")
                .hasAnyAuthority("run", "admin")
                .requestMatchers(HttpMethod.POST, "/api/v1/weights")
                .hasAuthority("run")
                .requestMatchers("/api/v1/weights/uploads", "/api/v1/weights/uploads/**")
                .hasAuthority("run")
                .requestMatchers(HttpMethod.GET, "/api/v1/weights/*/content")
                .hasAuthority("read")
                .requestMatchers(HttpMethod.GET, "/api/v1/runner/**")
                .hasAuthority("run");
    }

    /** A path that is written to confuse, such as one with a double slash, is a problem like any other. */
    @Bean
    RequestRejectedHandler requestRejected(@Qualifier("handlerExceptionResolver") HandlerExceptionResolver resolver) {
        return (request, response, e) -> resolver.resolveException(
                request,
                response,
                null,
                new ProblemException(ProblemCode.INVALID_REQUEST, "expected a plain path: " + e.getMessage()));
    }

    /** Of each request one observation is kept, that of the whole; one more of each filter would cost more than most answers do. */
    @Bean
    SecurityObservationSettings noObservationOfFilters() {
        return SecurityObservationSettings.noObservations();
    }

    /** There are no users with passwords; without this bean Spring Boot would invent one. */
    @Bean
    UserDetailsService noUsers() {
        return name -> {
            throw new UsernameNotFoundException(name);
        };
    }
}
