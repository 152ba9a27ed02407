package org.layerzoo.core.spi;

import java.util.Optional;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensors;
import tools.jackson.databind.JsonNode;

/**
 * One case of the authors' code: what went in, under their names. Prefixes are cut off; expected values are kept apart.
 *
 * @param level "op", "layer", "task", ... as the file says
 * @param config the authors' configuration
 * @param data for cases kept as JSON: the list of items
 */
public record GoldenCase(
        String slug, String name, String level, JsonNode config, Tensors in, Tensors params, Optional<JsonNode> data) {
    public GoldenCase with(Tensors newIn, Tensors newParams) {
        return new GoldenCase(slug, name, level, config, newIn, newParams, data);
    }

    public boolean has(String key) {
        return config.hasNonNull(key);
    }

    /** @throws ZooException naming the key when the authors' config lacks it */
    public JsonNode key(String key) {
        if (!config.has(key)) {
            throw new ZooException(ErrorCode.BAD_CONFIG, "config of case " + name + " has no key '" + key + "'");
        }
        return config.get(key);
    }

    public int integer(String key) {
        JsonNode n = key(key);
        if (!n.isNumber() || n.asDouble() != (int) n.asDouble()) {
            throw mistyped(key, "a whole number", n);
        }
        return (int) n.asDouble();
    }

    public int integer(String key, int orElse) {
        return has(key) ? integer(key) : orElse;
    }

    public double number(String key) {
        JsonNode n = key(key);
        if (!n.isNumber()) {
            throw mistyped(key, "a number", n);
        }
        return n.asDouble();
    }

    public double number(String key, double orElse) {
        return has(key) ? number(key) : orElse;
    }

    public boolean flag(String key) {
        JsonNode n = key(key);
        if (!n.isBoolean() && !n.isNumber()) {
            throw mistyped(key, "true or false", n);
        }
        return n.isBoolean() ? n.asBoolean() : n.asDouble() != 0;
    }

    public boolean flag(String key, boolean orElse) {
        return has(key) ? flag(key) : orElse;
    }

    public String text(String key) {
        JsonNode n = key(key);
        if (!n.isString()) {
            throw mistyped(key, "a text", n);
        }
        return n.asString();
    }

    public String text(String key, String orElse) {
        return has(key) ? text(key) : orElse;
    }

    private ZooException mistyped(String key, String expected, JsonNode given) {
        return new ZooException(
                ErrorCode.BAD_CONFIG,
                "config of case " + name + ": '" + key + "' must be " + expected + ", given " + given);
    }

    /** Element type of the computation: the first floating input's. */
    public DType dtype() {
        for (var t : in.with(params).tensors()) {
            if (t.dtype().isFloating()) {
                return t.dtype();
            }
        }
        return DType.F32;
    }
}
