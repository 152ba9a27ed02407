package org.layerzoo.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** Takes weights from a registry. */
@Command(name = "pull", description = "Take weights from a registry; exit 1 when it has none of the plugin.")
final class PullCommand extends RemoteCommand {
    @Parameters(paramLabel = "SHA256|ID", description = "the file, or a plugin, whose newest weights are taken")
    String wanted = "";

    @Option(
            names = "--output",
            paramLabel = "FILE",
            description = "where to write it (default: the first 12 letters of its digest, .safetensors)")
    Optional<Path> output = Optional.empty();

    @Override
    int call(RemoteRegistry registry) throws IOException {
        String sha256 = wanted.matches("[0-9a-f]{64}") ? wanted : newest(registry);
        Path target =
                output.orElse(Path.of(sha256.substring(0, 12) + ".safetensors")).toAbsolutePath();
        if (!Files.isDirectory(target.getParent())) {
            throw CommandFailure.badInput("--output: there is no folder " + target.getParent());
        }
        Path part = target.resolveSibling("." + target.getFileName() + ".part");
        try {
            registry.download("/api/v1/weights/" + sha256 + "/content", part);
            if (!SigningKey.digest(part).equals(sha256)) {
                throw CommandFailure.of(3, "what came is not " + sha256 + ": expected its digest");
            }
            Files.move(part, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(part);
        }
        if (zoo.json) {
            print(object().put("sha256", sha256).put("file", target.toString()));
        } else {
            out().println(target);
        }
        return 0;
    }

    private String newest(RemoteRegistry registry) {
        JsonNode found = registry.get("/api/v1/weights?size=1&plugin=" + RemoteRegistry.encoded(wanted));
        if (found.path("items").isEmpty()) {
            throw CommandFailure.no("the registry has no weights of '" + wanted + "'");
        }
        return found.at("/items/0/sha256").asString();
    }
}
