package org.layerzoo.runner.job;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.config.Configs;
import org.layerzoo.core.plugin.Plugin;
import org.layerzoo.core.spi.Golden;
import org.layerzoo.core.spi.GoldenCase;
import org.layerzoo.core.spi.GoldenFunction;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.spi.Provider;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.testkit.golden.GoldenFile;
import tools.jackson.databind.JsonNode;

/** Weights under the names and in the layouts of the authors' code, as a model of ours: a golden function is the map. */
final class OfficialModel {
    private OfficialModel() {}

    /**
     * The model with our configuration and parameter names.
     *
     * @param weights tensors by official name, with or without the prefix {@code param.}
     * @param config the authors'; that of the file's metadata where it is empty
     * @throws ZooException BAD_CONFIG without a configuration, BAD_TENSORS when no golden function of the provider maps the file
     */
    static Model of(Plugin plugin, Provider<?> provider, TensorFile weights, Optional<JsonNode> config) {
        Map<String, String> about = weights.metadata();
        JsonNode official = config.or(
                        () -> Optional.ofNullable(about.get("config")).map(Configs::parse))
                .orElseThrow(() -> new ZooException(
                        ErrorCode.BAD_CONFIG,
                        "weights under official names need the authors' config: expected it in the request or as metadata"
                                + " 'config' of the file, given neither"));
        GoldenCase c = new GoldenCase(
                about.getOrDefault("slug", plugin.id()),
                about.getOrDefault("case", "weights"),
                about.getOrDefault("level", "layer"),
                official,
                example(plugin),
                weights.params(),
                Optional.empty());
        return provider.golden().stream()
                .filter(function -> function.accepts(c))
                .flatMap(function -> model(function, c).stream())
                .findFirst()
                .orElseThrow(() -> new ZooException(
                        ErrorCode.BAD_TENSORS,
                        plugin.id() + " cannot take weights under official names: none of its golden functions "
                                + provider.golden().stream()
                                        .map(GoldenFunction::name)
                                        .toList() + " makes a layer of them"));
    }

    private static Optional<Model> model(GoldenFunction function, GoldenCase c) {
        try {
            return Golden.imported(function, c);
        } catch (IllegalArgumentException e) { // a configuration record that refuses a value
            throw new ZooException(ErrorCode.BAD_CONFIG, "the authors' config: " + e.getMessage(), e);
        }
    }

    /** Inputs of a packaged case, for functions that look at their sizes. */
    private static Tensors example(Plugin plugin) {
        List<Tensors> all = plugin.golden().entrySet().stream()
                .filter(entry -> entry.getKey().endsWith(".safetensors"))
                .map(entry -> GoldenFile.parse(entry.getKey(), entry.getValue()).input())
                .filter(input -> input.level().equals("layer"))
                .map(GoldenCase::in)
                .toList();
        return all.isEmpty() ? Tensors.empty() : all.getFirst();
    }
}
