package org.layerzoo.core.config;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.layerzoo.core.ZooException;
import tools.jackson.databind.JsonNode;

/** JSON to records over defaults; gathers every error with the path of the value. */
final class ConfigReader {
    private final List<String> errors;

    ConfigReader(List<String> errors) {
        this.errors = errors;
    }

    /** @param defaults values of components that the JSON does not name; null only inside alternatives without defaults */
    Object record(Class<?> type, Record defaults, JsonNode json, String path) {
        if (!json.isObject()) {
            return wrong(path, "an object", json, defaults);
        }
        RecordComponent[] cs = type.getRecordComponents();
        TreeSet<String> known =
                Arrays.stream(cs).map(RecordComponent::getName).collect(Collectors.toCollection(TreeSet::new));
        json.propertyNames().stream()
                .filter(n -> !known.contains(n) && !n.equals("type"))
                .forEach(n -> errors.add("unknown option '" + at(path, n) + "': expected one of " + known));
        Object[] values = new Object[cs.length];
        int before = errors.size();
        for (int i = 0; i < cs.length; i++) {
            values[i] = component(cs[i], defaults, json, path);
        }
        if (errors.size() > before) {
            return defaults;
        }
        try {
            return Components.create(type, values);
        } catch (ZooException e) {
            errors.add((path.isEmpty() ? "" : path + ": ") + e.getMessage());
            return defaults;
        }
    }

    private Object component(RecordComponent c, Record defaults, JsonNode json, String path) {
        String p = at(path, c.getName());
        Object dflt = defaults == null ? null : Components.value(defaults, c);
        JsonNode v = json.get(c.getName());
        if (v == null) {
            if (dflt == null && c.getType() == Optional.class) {
                return Optional.empty();
            }
            if (dflt == null) {
                errors.add("option '" + p + "' is missing");
                return null;
            }
            range(c, p, dflt);
            return dflt instanceof Record r && json.isObject() && !c.getType().isSealed()
                    ? record(r.getClass(), r, Configs.mapper().createObjectNode(), p)
                    : dflt;
        }
        Object value = value(c.getGenericType(), dflt, v, p);
        if (value != null) {
            range(c, p, value);
        }
        return value;
    }

    private Object value(Type type, Object dflt, JsonNode v, String path) {
        if (type instanceof ParameterizedType t) {
            return parameterized(t, dflt, v, path);
        }
        Class<?> k = (Class<?>) type;
        if (k == int.class || k == Integer.class) {
            return v.isIntegralNumber() && v.canConvertToInt()
                    ? (Object) v.intValue()
                    : wrong(path, "an integer", v, dflt);
        }
        if (k == long.class || k == Long.class) {
            return v.isIntegralNumber() ? (Object) v.longValue() : wrong(path, "an integer", v, dflt);
        }
        if (k == double.class || k == Double.class) {
            return v.isNumber() ? (Object) v.doubleValue() : wrong(path, "a number", v, dflt);
        }
        if (k == boolean.class || k == Boolean.class) {
            return v.isBoolean() ? (Object) v.booleanValue() : wrong(path, "true or false", v, dflt);
        }
        if (k == String.class) {
            return v.isString() ? v.stringValue() : wrong(path, "a string", v, dflt);
        }
        if (k.isEnum()) {
            return constant(k, dflt, v, path);
        }
        if (k.isSealed()) {
            return alternative(k, dflt, v, path);
        }
        return record(k, (Record) dflt, v, path);
    }

    private Object parameterized(ParameterizedType t, Object dflt, JsonNode v, String path) {
        if (t.getRawType() == Optional.class) {
            Object inner = ((Optional<?>) (dflt == null ? Optional.empty() : dflt)).orElse(null);
            return v.isNull()
                    ? Optional.empty()
                    : Optional.ofNullable(value(t.getActualTypeArguments()[0], inner, v, path));
        }
        if (t.getRawType() == Map.class) {
            return v.isObject() ? Configs.mapper().convertValue(v, Map.class) : wrong(path, "an object", v, dflt);
        }
        if (!v.isArray()) {
            return wrong(path, "a list", v, dflt);
        }
        List<Object> out = new ArrayList<>();
        for (int i = 0; i < v.size(); i++) {
            Object e = value(t.getActualTypeArguments()[0], null, v.get(i), path + "[" + i + "]");
            if (e != null) {
                out.add(e);
            }
        }
        return List.copyOf(out);
    }

    private Object constant(Class<?> type, Object dflt, JsonNode v, String path) {
        List<String> labels = Arrays.stream(type.getEnumConstants())
                .map(e -> Components.label(((Enum<?>) e).name()))
                .toList();
        int i = v.isString() ? labels.indexOf(Components.label(v.stringValue())) : -1;
        return i >= 0 ? type.getEnumConstants()[i] : wrong(path, "one of " + labels, v, dflt);
    }

    private Object alternative(Class<?> type, Object dflt, JsonNode v, String path) {
        List<Class<?>> alternatives = List.of(type.getPermittedSubclasses());
        List<String> labels = alternatives.stream()
                .map(k -> Components.label(k.getSimpleName()))
                .toList();
        JsonNode named = v.isString() ? v : v.path("type");
        Class<?> chosen = named.isString() && labels.contains(named.stringValue())
                ? alternatives.get(labels.indexOf(named.stringValue()))
                : named.isMissingNode() && dflt != null ? dflt.getClass() : null;
        if (chosen == null) {
            return wrong(path, "an object whose type is one of " + labels, v, dflt);
        }
        return record(
                chosen,
                chosen.isInstance(dflt) ? (Record) dflt : null,
                v.isString() ? Configs.mapper().createObjectNode() : v,
                path);
    }

    private void range(RecordComponent c, String path, Object value) {
        Range r = c.getAnnotation(Range.class);
        if (r == null) {
            return;
        }
        Object v = value instanceof Optional<?> o ? o.orElse(null) : value;
        if (v instanceof Number n) {
            inRange(r, path, n.doubleValue());
        } else if (v instanceof List<?> l) {
            for (int i = 0; i < l.size(); i++) {
                if (l.get(i) instanceof Number n) {
                    inRange(r, path + "[" + i + "]", n.doubleValue());
                }
            }
        }
    }

    private void inRange(Range r, String path, double v) {
        if (!(v >= r.min() && v <= r.max())) {
            errors.add("option '" + path + "' must be " + describe(r) + ", given " + number(v));
        }
    }

    static String describe(Range r) {
        if (r.max() == Double.POSITIVE_INFINITY) {
            return "at least " + number(r.min());
        }
        return r.min() == Double.NEGATIVE_INFINITY
                ? "at most " + number(r.max())
                : "in " + number(r.min()) + ".." + number(r.max());
    }

    private static String number(double v) {
        return v == Math.rint(v) && Math.abs(v) < 1e15 ? Long.toString((long) v) : Double.toString(v);
    }

    private Object wrong(String path, String expected, JsonNode given, Object dflt) {
        errors.add("option '" + path + "' must be " + expected + ", given " + given);
        return dflt;
    }

    private static String at(String path, String name) {
        return path.isEmpty() ? name : path + "." + name;
    }
}
