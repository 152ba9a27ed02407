package org.layerzoo.registry.reliability;

import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.UUID;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/** Holds a JSON value against a schema of OpenAPI 3.0, as far as the registry's contract uses them. */
record SchemaCheck(Contract contract, List<String> faults) {
    void check(String path, JsonNode unresolved, JsonNode value) {
        JsonNode schema = contract.resolve(unresolved);
        schema.path("allOf").forEach(part -> {
            if (!(value.isNull() && schema.path("nullable").asBoolean())) {
                check(path, part, value);
            }
        });
        if (schema.has("oneOf")) {
            boolean fits = schema.path("oneOf").valueStream().anyMatch(form -> contract.faults(form, value)
                    .isEmpty());
            require(fits, path, "has none of its forms");
        }
        if (value.isNull()) {
            if (schema.has("type") && !schema.path("nullable").asBoolean()) {
                fault(path, "is null");
            }
            return;
        }
        switch (schema.path("type").asString("")) {
            case "object" -> object(path, schema, value);
            case "array" -> array(path, schema, value);
            case "string" -> string(path, schema, value);
            case "integer" -> number(path, schema, value, value.isIntegralNumber());
            case "number" -> number(path, schema, value, value.isNumber());
            case "boolean" -> require(value.isBoolean(), path, "is no boolean");
            default -> {}
        }
    }

    private void fault(String path, String what) {
        faults.add((path.isEmpty() ? "the body" : path) + " " + what);
    }

    private void require(boolean holds, String path, String otherwise) {
        if (!holds) {
            fault(path, otherwise);
        }
    }

    private void object(String path, JsonNode schema, JsonNode value) {
        if (!value.isObject()) {
            fault(path, "is no object");
            return;
        }
        schema.path("required").forEach(name -> require(value.has(name.asString()), path, "lacks " + name));
        JsonNode known = schema.path("properties");
        value.properties().forEach(field -> {
            String inner = path + "/" + field.getKey();
            if (known.has(field.getKey())) {
                check(inner, known.path(field.getKey()), field.getValue());
            } else if (schema.path("additionalProperties").isObject()) {
                check(inner, schema.path("additionalProperties"), field.getValue());
            } else {
                // The registry's own answers are to be documented in full; what is free says additionalProperties.
                require(!schema.has("properties") || schema.has("additionalProperties"), inner, "is not documented");
            }
        });
    }

    private void array(String path, JsonNode schema, JsonNode value) {
        if (!value.isArray()) {
            fault(path, "is no array");
            return;
        }
        for (int i = 0; i < value.size(); i++) {
            check(path + "/" + i, schema.path("items"), value.get(i));
        }
    }

    private void string(String path, JsonNode schema, JsonNode value) {
        if (!value.isString()) {
            fault(path, "is no text");
            return;
        }
        String text = value.asString();
        JsonNode choices = schema.path("enum");
        require(
                choices.isMissingNode() || choices.valueStream().anyMatch(choice -> choice.equals(value)),
                path,
                "is none of " + choices);
        require(
                !schema.has("pattern")
                        || Pattern.compile(schema.path("pattern").asString())
                                .matcher(text)
                                .find(),
                path,
                "does not match its pattern");
        switch (schema.path("format").asString("")) {
            case "uuid" -> require(isUuid(text), path, "is no UUID");
            case "date-time" -> require(isTime(text), path, "is no time");
            default -> {}
        }
    }

    private static boolean isUuid(String text) {
        try {
            return UUID.fromString(text).toString().equals(text);
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static boolean isTime(String text) {
        try {
            return OffsetDateTime.parse(text) != null;
        } catch (DateTimeParseException e) {
            return false;
        }
    }

    private void number(String path, JsonNode schema, JsonNode value, boolean fits) {
        if (!fits) {
            fault(path, "is no " + schema.path("type").asString());
            return;
        }
        double number = value.asDouble();
        require(!schema.has("minimum") || number >= schema.path("minimum").asDouble(), path, "is too small");
        require(!schema.has("maximum") || number <= schema.path("maximum").asDouble(), path, "is too large");
    }
}
