package org.layerzoo.registry.catalog;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/** Reads the fields of a document and gathers all that is wrong with them, to be told at once. */
final class Fields {
    private final JsonNode node;
    private final String path;
    private final List<String> wrong;

    Fields(JsonNode node) {
        this(node, "", new ArrayList<>());
    }

    private Fields(JsonNode node, String path, List<String> wrong) {
        this.node = node;
        this.path = path;
        this.wrong = wrong;
    }

    List<String> wrong() {
        return List.copyOf(wrong);
    }

    private void report(String name, String expected, JsonNode found) {
        String given = found.isMissingNode() ? "nothing" : abbreviate(found.toString());
        wrong.add(path + name + ": expected " + expected + ", found " + given);
    }

    private static String abbreviate(String text) {
        return text.length() <= 60 ? text : text.substring(0, 57) + "...";
    }

    String text(String name) {
        JsonNode value = node.path(name);
        if (!value.isString() || value.stringValue().isBlank()) {
            report(name, "a text", value);
            return "";
        }
        return storable(name, value.stringValue());
    }

    /** The database's texts cannot hold the character zero. */
    private String storable(String name, String text) {
        if (text.indexOf('\0') >= 0) {
            fail(name, "a text without the character zero");
            return "";
        }
        return text;
    }

    String text(String name, Pattern form, String expected) {
        String value = text(name);
        if (!value.isEmpty() && !form.matcher(value).matches()) {
            report(name, expected, node.path(name));
        }
        return value;
    }

    String oneOf(String name, Set<String> allowed) {
        String value = text(name);
        if (!value.isEmpty() && !allowed.contains(value)) {
            report(name, "one of " + allowed.stream().sorted().toList(), node.path(name));
        }
        return value;
    }

    String optionalText(String name) {
        JsonNode value = node.path(name);
        if (value.isMissingNode() || value.isNull()) {
            return "";
        }
        if (!value.isString() && !value.isNumber()) {
            report(name, "a text", value);
            return "";
        }
        return storable(name, value.asString());
    }

    int integer(String name, int low, int high) {
        JsonNode value = node.path(name);
        if (!value.isIntegralNumber()
                || !value.canConvertToInt()
                || value.intValue() < low
                || value.intValue() > high) {
            report(name, "a whole number from " + low + " to " + high, value);
            return low;
        }
        return value.intValue();
    }

    boolean flag(String name) {
        JsonNode value = node.path(name);
        if (!value.isMissingNode() && !value.isBoolean()) {
            report(name, "true or false", value);
        }
        return value.asBoolean(false);
    }

    /** A list of texts; an absent one is empty. */
    List<String> texts(String name) {
        JsonNode value = node.path(name);
        var list = new ArrayList<String>();
        if (value.isMissingNode() || value.isNull()) {
            return list;
        }
        if (!value.isArray()) {
            report(name, "a list of texts", value);
            return list;
        }
        for (JsonNode item : value) {
            if (item.isString()) {
                list.add(storable(name, item.stringValue()));
            } else {
                report(name, "a list of texts", item);
            }
        }
        return list;
    }

    /** A list of whole numbers; an absent one is empty. */
    void wholes(String name) {
        JsonNode value = node.path(name);
        boolean good = value.isMissingNode()
                || value.isArray()
                        && value.valueStream().allMatch(item -> item.isIntegralNumber() && item.canConvertToLong());
        if (!good) {
            report(name, "a list of whole numbers", value);
        }
    }

    Map<String, String> textMap(String name) {
        var map = new LinkedHashMap<String, String>();
        JsonNode value = node.path(name);
        if (!value.isObject()) {
            report(name, "an object of texts", value);
            return map;
        }
        value.properties().forEach(property -> {
            if (property.getValue().isString()) {
                map.put(property.getKey(), property.getValue().stringValue());
            } else {
                report(name + "." + property.getKey(), "a text", property.getValue());
            }
        });
        return map;
    }

    /** Checks that the field is an object, where it is there or has to be. */
    void object(String name, boolean required) {
        JsonNode value = node.path(name);
        if (!value.isObject() && (required || !(value.isMissingNode() || value.isNull()))) {
            report(name, "an object", value);
        }
    }

    /** The objects of a list; an absent list is empty. */
    List<Fields> objects(String name) {
        var list = new ArrayList<Fields>();
        JsonNode value = node.path(name);
        if (value.isMissingNode() || value.isNull()) {
            return list;
        }
        if (!value.isArray()) {
            report(name, "a list of objects", value);
            return list;
        }
        for (int i = 0; i < value.size(); i++) {
            if (value.get(i).isObject()) {
                list.add(new Fields(value.get(i), path + name + "[" + i + "].", wrong));
            } else {
                report(name + "[" + i + "]", "an object", value.get(i));
            }
        }
        return list;
    }

    void fail(String name, String expected) {
        report(name, expected, node.path(name));
    }
}
