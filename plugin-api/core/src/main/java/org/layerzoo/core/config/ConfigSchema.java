package org.layerzoo.core.config;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** JSON Schema of configuration records: types, defaults, ranges, documentation, enums, alternatives. */
final class ConfigSchema {
    private static final ObjectMapper MAPPER = Configs.mapper();

    private ConfigSchema() {}

    static ObjectNode root(Record defaults) {
        ObjectNode s = MAPPER.createObjectNode();
        s.put("$schema", "https://json-schema.org/draft/2020-12/schema");
        s.setAll(record(defaults.getClass(), defaults));
        return s;
    }

    private static ObjectNode record(Class<?> type, Record defaults) {
        ObjectNode s = MAPPER.createObjectNode();
        s.put("type", "object");
        s.put("title", type.getSimpleName());
        describe(s, type.getAnnotation(Doc.class));
        ObjectNode props = s.putObject("properties");
        List<String> required = new ArrayList<>();
        for (RecordComponent c : type.getRecordComponents()) {
            Object dflt = defaults == null ? null : Components.value(defaults, c);
            if (dflt == null && c.getType() != Optional.class) {
                required.add(c.getName());
            }
            ObjectNode p = of(c.getGenericType(), dflt);
            describe(p, c.getAnnotation(Doc.class));
            range(p, c.getAnnotation(Range.class));
            if (dflt != null && !(dflt instanceof Optional<?> o && o.isEmpty())) {
                p.set("default", ConfigWriter.value(dflt));
            }
            Role role = c.getAnnotation(Role.class);
            if (role != null) {
                p.put("x-role", role.value().name().toLowerCase());
            }
            if (c.isAnnotationPresent(Hidden.class)) {
                p.put("x-hidden", true);
            }
            props.set(c.getName(), p);
        }
        // Of an alternative that is not the default one nothing is known in advance, so it must be given.
        if (!required.isEmpty()) {
            required.forEach(s.putArray("required")::add);
        }
        s.put("additionalProperties", false);
        return s;
    }

    private static ObjectNode of(Type type, Object dflt) {
        if (type instanceof ParameterizedType t) {
            if (t.getRawType() == Optional.class) {
                return of(t.getActualTypeArguments()[0], dflt instanceof Optional<?> o ? o.orElse(null) : null);
            }
            ObjectNode s = MAPPER.createObjectNode();
            s.put("type", t.getRawType() == Map.class ? "object" : "array");
            if (t.getRawType() == List.class) {
                s.set("items", of(t.getActualTypeArguments()[0], null));
            }
            return s;
        }
        Class<?> k = (Class<?>) type;
        ObjectNode s = MAPPER.createObjectNode();
        if (k.isEnum()) {
            s.put("type", "string");
            ArrayNode values = s.putArray("enum");
            Arrays.stream(k.getEnumConstants()).forEach(e -> values.add(Components.label(((Enum<?>) e).name())));
            return s;
        }
        if (k.isSealed()) {
            return alternatives(k, dflt);
        }
        if (k.isRecord()) {
            return record(k, (Record) dflt);
        }
        return s.put("type", simple(k));
    }

    private static ObjectNode alternatives(Class<?> type, Object dflt) {
        ObjectNode s = MAPPER.createObjectNode();
        describe(s, type.getAnnotation(Doc.class));
        ArrayNode one = s.putArray("oneOf");
        for (Class<?> a : type.getPermittedSubclasses()) {
            ObjectNode r = record(a, a.isInstance(dflt) ? (Record) dflt : null);
            ((ObjectNode) r.get("properties")).putObject("type").put("const", Components.label(a.getSimpleName()));
            r.withArray("required").add("type");
            one.add(r);
        }
        return s;
    }

    private static String simple(Class<?> k) {
        if (k == int.class || k == Integer.class || k == long.class || k == Long.class) {
            return "integer";
        }
        if (k == double.class || k == Double.class) {
            return "number";
        }
        if (k == boolean.class || k == Boolean.class) {
            return "boolean";
        }
        if (k == String.class) {
            return "string";
        }
        throw new IllegalArgumentException("a configuration cannot hold " + k.getName());
    }

    private static void describe(ObjectNode s, Doc doc) {
        if (doc != null) {
            s.put("description", doc.value());
        }
    }

    private static void range(ObjectNode s, Range r) {
        if (r == null) {
            return;
        }
        ObjectNode at = s.path("type").asString("").equals("array") ? (ObjectNode) s.get("items") : s;
        if (r.min() != Double.NEGATIVE_INFINITY) {
            at.put("minimum", r.min());
        }
        if (r.max() != Double.POSITIVE_INFINITY) {
            at.put("maximum", r.max());
        }
    }
}
