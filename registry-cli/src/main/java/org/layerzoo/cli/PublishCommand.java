package org.layerzoo.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** Sends a plugin to a registry. */
@Command(
        name = "publish",
        description =
                "Sign a plugin's jar, send it to a registry and wait until it is verified; exit 1 when it is rejected.")
final class PublishCommand extends RemoteCommand {
    private static final Set<String> OPEN = Set.of("uploaded", "verifying");

    @Parameters(paramLabel = "JAR", description = "the plugin, as the build packs it")
    Path jar = Path.of("");

    @Option(
            names = "--key",
            paramLabel = "FILE",
            description = "private key of 'zoo keygen' (default: keys/publisher.pem in ZOO_HOME)")
    Optional<Path> key = Optional.empty();

    @Option(names = "--no-wait", description = "return when the upload is accepted, before it is verified")
    boolean noWait;

    @Override
    int call(RemoteRegistry registry) throws IOException, InterruptedException {
        if (!Files.isRegularFile(jar)) {
            throw CommandFailure.badInput("expected a jar, given '" + jar + "'");
        }
        var secret = SigningKey.read(key.orElseGet(SigningKey::standardFile));
        byte[] signature = SigningKey.sign(secret, SigningKey.digest(jar));
        JsonNode publication = registry.publish(jar, Base64.getEncoder().encode(signature));
        String path = "/api/v1/publications/" + publication.path("id").asString();
        String state = "";
        while (!noWait && OPEN.contains(publication.path("state").asString())) {
            if (!publication.path("state").asString().equals(state)) {
                state = publication.path("state").asString();
                err().println("zoo: " + subject(publication) + " is " + state);
            }
            TimeUnit.MILLISECONDS.sleep(500);
            publication = registry.get(path);
        }
        if (zoo.json) {
            print(publication);
        } else {
            out().println(subject(publication) + " " + publication.path("state").asString() + " (SHA-256 "
                    + publication.path("sha256").asString() + ")");
        }
        if (publication.path("state").asString().equals("error")) {
            throw CommandFailure.of(
                    3,
                    subject(publication) + " could not be verified and is tried again: "
                            + publication.path("problem").asString(""));
        }
        if (publication.path("state").asString().equals("rejected")) {
            throw CommandFailure.no(subject(publication) + " was rejected: "
                    + publication.path("problem").asString(""));
        }
        return 0;
    }

    private static String subject(JsonNode publication) {
        return publication.path("plugin").asString() + " "
                + publication.path("version").asString();
    }
}
