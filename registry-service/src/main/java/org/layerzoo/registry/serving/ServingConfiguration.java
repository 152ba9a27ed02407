package org.layerzoo.registry.serving;

import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(ServingSettings.class)
class ServingConfiguration {
    @Bean
    WebServerFactoryCustomizer<TomcatServletWebServerFactory> hangups() {
        return factory -> factory.addEngineValves(new HangupValve());
    }
}
