package org.layerzoo.runner.job;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.config.Configs;
import org.layerzoo.core.plugin.Plugin;
import org.layerzoo.core.spi.Golden;
import org.layerzoo.core.spi.GoldenCase;
import org.layerzoo.core.spi.GoldenFunction;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.spi.Provider;
import org.layerzoo.core.tensor.Shape;
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
        GoldenCase bare = new GoldenCase(
                about.getOrDefault("slug", plugin.id()),
                about.getOrDefault("case", "weights"),
                about.getOrDefault("level", "layer"),
                official,
                Tensors.empty(),
                weights.params(),
                Optional.empty());
        List<Tensors> examples = examples(plugin, weights.params());
        List<String> refused = new ArrayList<>();
        for (Tensors in : examples) {
            // What counts is what is said with the likest example; the sizes of others may be in the way.
            List<String> said = in == examples.getFirst() ? refused : new ArrayList<>();
            for (GoldenFunction function : provider.golden()) {
                Optional<Model> model = imported(function, bare.with(in, bare.params()), said);
                if (model.isPresent()) {
                    return model.get();
                }
            }
        }
        throw new ZooException(ErrorCode.BAD_TENSORS, sentence(plugin, provider, bare, refused));
    }

    private static Optional<Model> imported(GoldenFunction function, GoldenCase c, List<String> refused) {
        try {
            return function.accepts(c) ? Golden.imported(function, c) : Optional.empty();
        } catch (IllegalArgumentException e) { // a configuration record that refuses a value
            throw new ZooException(ErrorCode.BAD_CONFIG, "the authors' config: " + e.getMessage(), e);
        } catch (ZooException e) { // other parameters, or an example whose sizes are not those of the config
            if (e.code() == ErrorCode.BAD_CONFIG) {
                throw e;
            }
            refused.add(e.getMessage());
            return Optional.empty();
        }
    }

    /** What a user is told: what the names have to be, and why those given do not do. */
    private static String sentence(Plugin plugin, Provider<?> provider, GoldenCase c, List<String> refused) {
        Map<String, Set<String>> known = new TreeMap<>();
        cases(plugin).forEach(file -> known.put(file.name(), file.params().names()));
        known.values().removeIf(Set::isEmpty);
        String what = plugin.id() + (provider.name().isEmpty() ? "" : "/" + provider.name());
        String expected = known.isEmpty()
                ? "the plugin has no golden file with parameters of the authors' code"
                : "expected the names of one of its golden files, " + known;
        String why = refused.stream()
                .filter(reason -> reason.startsWith("parameters do not fit"))
                .findFirst()
                .orElse("none of its golden functions makes a layer of them");
        return what + " cannot take these weights under official names: " + why + "; " + expected + ", given "
                + c.params().names();
    }

    /** Inputs for functions that look at their sizes: first those of cases with parameters of the same shapes, then of the same names. */
    private static List<Tensors> examples(Plugin plugin, Tensors params) {
        Map<String, Shape> wanted = shapes(params);
        Comparator<GoldenCase> likest = Comparator.comparing(
                        (GoldenCase file) -> !shapes(file.params()).equals(wanted))
                .thenComparing(file -> !file.params().names().equals(params.names()));
        return Stream.concat(
                        cases(plugin).sorted(likest).map(GoldenCase::in).filter(in -> in.size() > 0),
                        Stream.of(Tensors.empty()))
                .toList();
    }

    private static Map<String, Shape> shapes(Tensors tensors) {
        return tensors.names().stream().collect(Collectors.toMap(name -> name, name -> tensors.get(name)
                .shape()));
    }

    private static Stream<GoldenCase> cases(Plugin plugin) {
        return plugin.golden().entrySet().stream()
                .filter(entry -> entry.getKey().endsWith(".safetensors"))
                .map(entry -> GoldenFile.parse(entry.getKey(), entry.getValue()).input());
    }
}
