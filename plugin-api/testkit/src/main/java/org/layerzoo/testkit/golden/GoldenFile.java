package org.layerzoo.testkit.golden;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.stream.Stream;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.config.Configs;
import org.layerzoo.core.io.Safetensors;
import org.layerzoo.core.spi.GoldenCase;
import org.layerzoo.core.tensor.Tensors;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * A recorded run of the authors' code: what went in, what came out, the cotangents and gradients.
 *
 * @param name file name
 * @param tolerance bound for the error of outputs and gradients alike
 * @param noGradient inputs ("in.x", "param.w") whose gradient must be zero
 * @param items for cases kept as JSON: the data
 * @param problem why the file cannot be used: its case has failed
 */
public record GoldenFile(
        String name,
        GoldenCase input,
        Tensors out,
        Tensors cotangents,
        Tensors inputGradients,
        Tensors paramGradients,
        double tolerance,
        List<String> noGradient,
        Optional<JsonNode> items,
        Optional<String> problem) {

    /** The case of a file that cannot be used. */
    public static GoldenFile unusable(String name, String problem) {
        GoldenCase c = new GoldenCase(
                "", name, "", Configs.mapper().createObjectNode(), Tensors.empty(), Tensors.empty(), Optional.empty());
        return new GoldenFile(
                name,
                c,
                Tensors.empty(),
                Tensors.empty(),
                Tensors.empty(),
                Tensors.empty(),
                0,
                List.of(),
                Optional.empty(),
                Optional.of(problem));
    }

    /** The file, or an unusable case that says what is broken: one bad file hides no other. */
    public static GoldenFile readOrUnusable(Path file) {
        try {
            return read(file);
        } catch (ZooException e) {
            return unusable(file.getFileName().toString(), e.getMessage());
        }
    }

    /** @throws ZooException BAD_FILE naming what is broken */
    public static GoldenFile read(Path file) {
        try {
            String name = file.getFileName().toString();
            return name.endsWith(".json") ? ofJson(name, Files.readAllBytes(file)) : of(name, Safetensors.read(file));
        } catch (IOException e) {
            throw new ZooException(ErrorCode.UNREADABLE, "cannot read " + file + ": " + e.getMessage(), e);
        }
    }

    public static GoldenFile parse(String name, byte[] bytes) {
        return name.endsWith(".json")
                ? ofJson(name, bytes)
                : of(name, Safetensors.parse(name, MemorySegment.ofArray(bytes)));
    }

    /** Files of {@code folder/<id>/}, sorted; empty when there is no such folder. */
    public static SequencedMap<String, Path> list(Path folder, String id) {
        SequencedMap<String, Path> out = new LinkedHashMap<>();
        Path dir = folder.resolve(id);
        if (!Files.isDirectory(dir)) {
            return out;
        }
        try (Stream<Path> files = Files.list(dir)) {
            files.filter(f -> f.toString().endsWith(".safetensors")
                            || f.toString().endsWith(".json"))
                    .sorted()
                    .forEach(f -> out.put(f.getFileName().toString(), f));
            return out;
        } catch (IOException e) {
            throw new ZooException(ErrorCode.UNREADABLE, "cannot list " + dir + ": " + e.getMessage(), e);
        }
    }

    public static GoldenFile of(String name, Safetensors.Content content) {
        Map<String, String> m = content.metadata();
        Tensors t = content.tensors();
        GoldenCase c = new GoldenCase(
                m.getOrDefault("slug", ""),
                m.getOrDefault("case", name),
                m.getOrDefault("level", "layer"),
                config(name, m.get("config")),
                t.under("in."),
                t.under("param."),
                Optional.empty());
        return new GoldenFile(
                name,
                c,
                t.under("out."),
                t.under("cot."),
                t.under("grad.in."),
                t.under("grad.param."),
                tolerance(name, m.get("tolerance")),
                noGradient(name, m.get("no_gradient")),
                Optional.empty(),
                Optional.empty());
    }

    private static GoldenFile ofJson(String name, byte[] bytes) {
        JsonNode n;
        try {
            n = Configs.mapper().readTree(bytes);
        } catch (JacksonException e) {
            throw new ZooException(ErrorCode.BAD_FILE, name + " is no JSON: " + e.getOriginalMessage(), e);
        }
        if (!n.path("data").isArray() || !n.path("outputs").isObject()) {
            throw new ZooException(
                    ErrorCode.BAD_FILE, name + ": a JSON golden case has an object 'outputs' and a list 'data'");
        }
        GoldenCase c = new GoldenCase(
                n.path("slug").asString(""),
                n.path("case").asString(name),
                n.path("level").asString("task"),
                n.path("config").isObject() ? n.get("config") : Configs.mapper().createObjectNode(),
                Tensors.empty(),
                Tensors.empty(),
                Optional.of(n.get("data")));
        return new GoldenFile(
                name,
                c,
                Tensors.empty(),
                Tensors.empty(),
                Tensors.empty(),
                Tensors.empty(),
                tolerance(name, n.path("tolerance").asString("0")),
                List.of(),
                Optional.of(n),
                Optional.empty());
    }

    private static JsonNode config(String name, String json) {
        JsonNode n = json(name, "config", json == null ? "{}" : json);
        if (!n.isObject()) {
            throw new ZooException(ErrorCode.BAD_FILE, name + ": its metadata 'config' is no JSON object: " + n);
        }
        return n;
    }

    private static JsonNode json(String name, String key, String json) {
        try {
            return Configs.mapper().readTree(json);
        } catch (JacksonException e) {
            throw new ZooException(ErrorCode.BAD_FILE, name + ": its metadata '" + key + "' is no JSON", e);
        }
    }

    private static double tolerance(String name, String text) {
        try {
            double t = text == null ? 1e-5 : Double.parseDouble(text);
            if (t >= 0 && t < Double.POSITIVE_INFINITY) {
                return t;
            }
        } catch (NumberFormatException _) {
            // said below
        }
        throw new ZooException(
                ErrorCode.BAD_FILE, name + ": its tolerance must be a finite number from 0, given '" + text + "'");
    }

    /** Names as in the file; an input may stand without its prefix. */
    private static List<String> noGradient(String name, String json) {
        List<String> out = new ArrayList<>();
        if (json == null) {
            return out;
        }
        JsonNode names = json(name, "no_gradient", json);
        if (!names.isArray() || names.valueStream().anyMatch(n -> !n.isString())) {
            throw new ZooException(
                    ErrorCode.BAD_FILE, name + ": its metadata 'no_gradient' is no JSON list of names: " + json);
        }
        names.valueStream()
                .map(JsonNode::stringValue)
                .forEach(n -> out.add(n.matches("(in|param)\\..*") ? n : "in." + n));
        return out;
    }
}
