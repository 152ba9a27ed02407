package org.layerzoo.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.layerzoo.core.config.Configs;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Hands weights in to a registry. */
@Command(
        name = "push",
        description =
                "Send weights (safetensors) to a registry, with where they come from; an interrupted command goes on when it is given again.")
final class PushCommand extends RemoteCommand {
    @Parameters(
            paramLabel = "FILE",
            description = "a safetensors file, or the folder that 'zoo train --out' wrote, whose report is read")
    Path file = Path.of("");

    @Option(names = "--plugin", paramLabel = "ID[@VERSION]", description = "the plugin that the weights are of")
    Optional<String> plugin = Optional.empty();

    @Option(names = "--task", paramLabel = "TASK", description = "what they were trained on")
    Optional<String> task = Optional.empty();

    @Option(names = "--recipe", paramLabel = "ID", description = "how they were trained")
    Optional<String> recipe = Optional.empty();

    @Option(names = "--seed", paramLabel = "N", description = "seed of the training")
    Optional<Long> seed = Optional.empty();

    @Option(names = "--metric", paramLabel = "NAME=VALUE", description = "a measured figure; repeatable")
    Map<String, Double> metrics = new LinkedHashMap<>();

    @Option(names = "--parent", paramLabel = "SHA256", description = "the weights that the training began with")
    Optional<String> parent = Optional.empty();

    @Option(
            names = "--official",
            description = "the tensors bear the names of the authors' code, and the file's config is theirs")
    boolean official;

    @Override
    int call(RemoteRegistry registry) throws IOException, InterruptedException {
        boolean folder = Files.isDirectory(file);
        Path content = folder ? file.resolve("model.safetensors") : file;
        if (!Files.isRegularFile(content)) {
            throw CommandFailure.badInput(
                    "expected a safetensors file or a folder with model.safetensors, given '" + file + "'");
        }
        ObjectNode lineage = folder ? reported(file.resolve("report.json")) : object();
        plugin.ifPresent(reference -> {
            String[] parts = reference.split("@", 2);
            lineage.put("plugin", parts[0]);
            lineage.remove("version");
            if (parts.length > 1) {
                lineage.put("version", parts[1]);
            }
        });
        task.ifPresent(text -> lineage.put("task", text));
        recipe.ifPresent(text -> lineage.put("recipe", text));
        seed.ifPresent(number -> lineage.put("seed", number));
        parent.ifPresent(text -> lineage.put("parent", text));
        if (official) {
            lineage.put("official", true);
        }
        metrics.forEach((name, value) -> lineage.withObject("/metrics").put(name, value));
        JsonNode stored = new WeightsUpload(registry, err()).send(content, lineage);
        if (zoo.json) {
            print(stored);
        } else {
            out().println(stored.path("sha256").asString());
        }
        return 0;
    }

    /** What the report of a training says of its model. */
    private static ObjectNode reported(Path report) throws IOException {
        ObjectNode lineage = object();
        if (!Files.isRegularFile(report)) {
            return lineage;
        }
        JsonNode said;
        try {
            said = Configs.mapper().readTree(Files.readAllBytes(report));
        } catch (JacksonException e) {
            throw CommandFailure.badInput(report + " is no report of 'zoo train': " + e.getOriginalMessage());
        }
        String subject = said.path("subject").asString(said.path("id").asString(""));
        if (!subject.isEmpty() && !subject.endsWith(".safetensors")) {
            lineage.put("plugin", subject.split("[@/]", 2)[0]);
        }
        copy(said, lineage, "version");
        copy(said, lineage, "task");
        copy(said, lineage, "recipe");
        if (said.path("seed").isIntegralNumber()) {
            lineage.put("seed", said.path("seed").asLong());
        }
        said.path("metrics").properties().forEach(entry -> {
            if (entry.getValue().isNumber()) {
                lineage.withObject("/metrics")
                        .put(entry.getKey(), entry.getValue().asDouble());
            }
        });
        return lineage;
    }

    private static void copy(JsonNode from, ObjectNode to, String name) {
        if (from.path(name).isString()) {
            to.put(name, from.path(name).asString());
        }
    }
}
