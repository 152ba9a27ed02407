package org.layerzoo.runner.job;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import tools.jackson.databind.JsonNode;

/** A job's specification, read with one clear error for each value of the wrong kind. */
record Spec(JsonNode json) {
    boolean has(String name) {
        return json.hasNonNull(name);
    }

    boolean flag(String name) {
        return has(name) && value(name, "true or false", JsonNode::isBoolean).booleanValue();
    }

    String text(String name) {
        return value(name, "text", JsonNode::isString).stringValue();
    }

    String text(String name, String orElse) {
        return has(name) ? text(name) : orElse;
    }

    Optional<String> optionalText(String name) {
        return has(name) ? Optional.of(text(name)) : Optional.empty();
    }

    Optional<Path> path(String name) {
        return optionalText(name).map(Path::of);
    }

    int integer(String name, int orElse) {
        return has(name) ? value(name, "an integer", JsonNode::canConvertToInt).intValue() : orElse;
    }

    /** A finite number. */
    double real(String name, double orElse) {
        return has(name)
                ? value(name, "a finite number", n -> n.isNumber() && Double.isFinite(n.asDouble()))
                        .asDouble()
                : orElse;
    }

    long number(String name, long orElse) {
        return has(name) ? value(name, "an integer", JsonNode::isIntegralNumber).longValue() : orElse;
    }

    Optional<JsonNode> object(String name) {
        return has(name) ? Optional.of(value(name, "an object", JsonNode::isObject)) : Optional.empty();
    }

    List<Integer> integers(String name) {
        List<Integer> out = new ArrayList<>();
        if (has(name)) {
            value(
                            name,
                            "a list of integers",
                            n -> n.isArray() && n.valueStream().allMatch(JsonNode::canConvertToInt))
                    .forEach(n -> out.add(n.intValue()));
        }
        return out;
    }

    Map<String, String> texts(String name) {
        Map<String, String> out = new LinkedHashMap<>();
        object(name).ifPresent(o -> o.properties()
                .forEach(e -> out.put(e.getKey(), e.getValue().asString())));
        return out;
    }

    /** The references in {@code plugins}: [{"id", "version"}]. */
    List<String> plugins() {
        List<String> out = new ArrayList<>();
        value("plugins", "a list of {id, version}", JsonNode::isArray).forEach(p -> out.add(new Spec(p).text("id")));
        return out;
    }

    /** The options {@code set} of each of the plugins. */
    List<Map<String, String>> options() {
        List<Map<String, String>> out = new ArrayList<>();
        json.path("plugins").forEach(p -> out.add(new Spec(p).texts("set")));
        return out;
    }

    private JsonNode value(String name, String expected, Function<JsonNode, Boolean> fits) {
        JsonNode v = json.path(name);
        if (!fits.apply(v)) {
            throw new ZooException(
                    ErrorCode.BAD_ARGUMENT,
                    "'" + name + "' must be " + expected + ", given " + (v.isMissingNode() ? "nothing" : v));
        }
        return v;
    }
}
