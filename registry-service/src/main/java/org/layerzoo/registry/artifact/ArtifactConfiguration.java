package org.layerzoo.registry.artifact;

import java.nio.file.Path;
import org.layerzoo.registry.DataDirectory;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;

@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(ArtifactSettings.class)
class ArtifactConfiguration {
    @Bean
    ArtifactStore artifactStore(ArtifactSettings settings, DataDirectory data) {
        if (settings.inBucket()) {
            return S3Store.open(
                    settings.s3(), DefaultCredentialsProvider.builder().build());
        }
        return new FolderStore(settings.folder().isEmpty() ? data.resolve("artifacts") : Path.of(settings.folder()));
    }
}
