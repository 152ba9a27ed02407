package org.layerzoo.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** What can be said of the container files without a container engine. */
class ContainerFilesTest {
    private static final Path ROOT = Path.of("..");
    private static final List<String> IMAGES = List.of("registry", "runner");

    /** The instructions of each stage, continued lines joined. */
    private static Map<String, List<String>> stages() throws IOException {
        var stages = new TreeMap<String, List<String>>();
        List<String> stage = new ArrayList<>();
        String text = Files.readString(ROOT.resolve("Dockerfile")).replaceAll("\\\\\\n\\s*", "");
        for (String line : text.split("\\n")) {
            if (line.startsWith("FROM ")) {
                assertThat(line).matches("FROM [a-z-]+:[0-9][a-z0-9.-]* AS [a-z]+");
                stage = new ArrayList<>();
                stages.put(line.replaceAll(".* AS ", ""), stage);
            } else if (!line.isBlank() && !line.startsWith("#")) {
                stage.add(line);
            }
        }
        return stages;
    }

    @Test
    void bothImagesRunWithoutRootAndHaveAHealthCheck() throws IOException {
        for (String image : IMAGES) {
            List<String> stage = stages().get(image);
            assertThat(stage).as(image).anyMatch(line -> line.startsWith("HEALTHCHECK "));
            int user = stage.indexOf("USER layerzoo");
            assertThat(user).as("%s has a user", image).isPositive();
            assertThat(stage.subList(user, stage.size()))
                    .as(image)
                    .noneMatch(line -> line.matches("(RUN|ADD|USER root).*"));
            assertThat(stage.getLast()).startsWith("ENTRYPOINT [\"java\", ");
            assertThat(stage).noneMatch(line -> line.startsWith("ADD ") || line.contains("apt-get"));
        }
    }

    @Test
    void whatTheImagesCopyIsWhatTheBuildMakes() throws IOException {
        String pom = Files.readString(Path.of("pom.xml"));
        assertThat(pom)
                .contains("${project.build.directory}/registry</argument>")
                .contains("<finalName>registry-service</finalName>");
        assertThat(stages().get("registry")).contains("COPY --from=build /src/registry-service/target/registry ./");
        assertThat(stages().get("runner")).contains("COPY --from=build /src/registry-cli/target/zoo.jar ./");
        assertThat(Files.readString(ROOT.resolve("registry-cli/pom.xml"))).contains("zoo");
    }

    @Test
    void theServicesOfTheComposedFormAreBuiltFromTheseImagesWaitForOneAnotherAndGiveRunnersNothingOfTheRegistrys()
            throws IOException {
        JsonNode services = YAMLMapper.builder()
                .build()
                .readTree(Files.readString(ROOT.resolve("docker-compose.yml")))
                .path("services");
        for (String image : IMAGES) {
            JsonNode service = services.path(image);
            assertThat(service.path("build").path("target").asString()).isEqualTo(image);
            assertThat(service.path("depends_on").properties()).allSatisfy(other -> assertThat(
                            other.getValue().path("condition").asString())
                    .isEqualTo("service_healthy"));
        }
        assertThat(services.path("database").path("healthcheck").path("test").size())
                .isPositive();
        assertThat(services.path("registry")
                        .path("environment")
                        .path("ZOO_ARTIFACTS_FOLDER")
                        .asString())
                .startsWith("/shared/");
        assertThatTheBucketIsAChoice(services);
        assertThat(services.path("runner").path("volumes").isMissingNode()).isTrue();
        assertThat(services.path("runner").path("environment").isMissingNode()).isTrue();
        services.path("registry").path("ports").forEach(port -> assertThat(port.asString())
                .startsWith("127.0.0.1:"));
    }

    /** Every variable of the store is a setting that the service has, and the server of the example starts only when it is asked for. */
    private static void assertThatTheBucketIsAChoice(JsonNode services) throws IOException {
        assertThat(services.path("s3").path("profiles").toString()).isEqualTo("[\"s3\"]");
        assertThat(services.path("s3").path("healthcheck").path("test").size()).isPositive();
        JsonNode settings = YAMLMapper.builder()
                .build()
                .readTree(Files.readString(Path.of("src/main/resources/application.yml")))
                .path("zoo")
                .path("artifacts");
        services.path("registry").path("environment").propertyNames().stream()
                .filter(name -> name.startsWith("ZOO_ARTIFACTS_"))
                .forEach(name -> {
                    String setting = name.substring("ZOO_ARTIFACTS_".length()).toLowerCase(Locale.ROOT);
                    JsonNode group = setting.startsWith("s3_") ? settings.path("s3") : settings;
                    assertThat(group.propertyNames().stream().map(known -> known.replace("-", "")))
                            .as(name)
                            .contains(setting.replace("s3_", ""));
                });
        assertThat(services.path("registry")
                        .path("environment")
                        .path("ZOO_ARTIFACTS_STORE")
                        .asString())
                .isEqualTo("${ZOO_ARTIFACTS_STORE:-folder}");
    }
}
